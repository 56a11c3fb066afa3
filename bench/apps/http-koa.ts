// HTTP: koa with @koa/router and @koa/bodyparser, class-transformer and class-validator called by hand.
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import Koa from 'koa';
import { CreateUser, created } from './create-user.js';
import { extraRoutes } from './extra-routes.js';
import { answerParent, ready } from './ready.js';

const STRICT = { whitelist: true, forbidNonWhitelisted: true };

const router = new Router();
router.get('/hello', (ctx) => {
  ctx.body = { hello: 'world' };
});
router.get('/users/:id/posts/:postId', (ctx) => {
  ctx.body = { id: ctx.params.id, postId: ctx.params.postId };
});
for (const path of extraRoutes)
  router.get(path, (ctx) => {
    ctx.body = { path };
  });
router.post('/users', async (ctx) => {
  const user = plainToInstance(CreateUser, ctx.request.body);
  const errors = await validate(user, STRICT);
  ctx.status = errors.length > 0 ? 422 : 201;
  ctx.body = errors.length > 0 ? { errors } : created(user);
});

answerParent();
const server = new Koa()
  .use(bodyParser())
  .use(router.routes())
  .use(router.allowedMethods())
  .listen(0, '127.0.0.1', () => ready({ port: (server.address() as AddressInfo).port }));
