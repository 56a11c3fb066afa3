// Start-up: koa with @koa/router.
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';
import { ready } from './ready.js';

const router = new Router();
router.get('/hello', (ctx) => {
  ctx.body = { hello: 'world' };
});
const server = new Koa()
  .use(router.routes())
  .use(router.allowedMethods())
  .listen(0, '127.0.0.1', () => ready({ port: (server.address() as AddressInfo).port }));
