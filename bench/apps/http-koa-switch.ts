// HTTP: koa with a switch by hand, the least that an answer through koa can cost.
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import Koa, { type Context } from 'koa';
import { CreateUser, created } from './create-user.js';
import { answerParent, ready } from './ready.js';

const POST_OF_USER = /^\/users\/([^/]+)\/posts\/([^/]+)$/;
const STRICT = { whitelist: true, forbidNonWhitelisted: true };

async function create(ctx: Context): Promise<void> {
  const user = plainToInstance(CreateUser, await json(ctx.req));
  const errors = await validate(user as object, STRICT);
  ctx.status = errors.length > 0 ? 422 : 201;
  ctx.body = errors.length > 0 ? { errors } : created(user as CreateUser);
}

function answer(ctx: Context): Promise<void> | undefined {
  switch (`${ctx.method} ${ctx.path}`) {
    case 'GET /hello':
      ctx.body = { hello: 'world' };
      return undefined;
    case 'POST /users':
      return create(ctx);
  }
  const match = ctx.method === 'GET' ? POST_OF_USER.exec(ctx.path) : null;
  if (match) ctx.body = { id: match[1], postId: match[2] };
  return undefined;
}

answerParent();
const server = new Koa()
  .use(answer)
  .listen(0, '127.0.0.1', () => ready({ port: (server.address() as AddressInfo).port }));
