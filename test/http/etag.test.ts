import type { Context } from 'koa';
import { Controller, Get, Post } from '../../src/http/controller.js';
import { NotFound } from '../../src/http/errors.js';
import { Ctx } from '../../src/http/parameters.js';
import { SetHeader, Status } from '../../src/http/plan.js';
import { serve } from './harness.js';

let calls = 0;

@Controller()
class Answers {
  @Get('/films') films() {
    return { films: ['Alien'] };
  }
  @Get('/text') text() {
    return 'Alien';
  }
  @Get('/changing') changing() {
    calls++;
    return { calls };
  }
  @Get('/own') @SetHeader('ETag', '"mine"') own() {
    return 'Alien';
  }
  @Get('/private') @SetHeader('Cache-Control', 'no-store') secret() {
    return 'Alien';
  }
  @Get('/cookie') cookie(@Ctx() ctx: Context) {
    ctx.cookies.set('a', '1');
    return 'Alien';
  }
  @Get('/created') @Status(201) created() {
    return 'Alien';
  }
  @Get('/missing') missing() {
    throw new NotFound();
  }
  @Post('/films') add() {
    return { films: ['Alien'] };
  }
}

/** `fetch` would ask for a fresh answer otherwise. */
const REVALIDATING = { 'cache-control': 'max-age=0' };

const etagOf = ({ headers }: Response) => headers.get('etag');

test('without the option there are no tags', async () => {
  const app = await serve([new Answers()]);
  expect(etagOf(await app.fetch('/films'))).toBe(null);
});

test('who has an answer already is told so, without it', async () => {
  const app = await serve([new Answers()], { http: { etag: true } });
  for (const path of ['/films', '/text']) {
    const etag = etagOf(await app.fetch(path)) as string;
    expect(etag).toMatch(/^W\/"[\w+/=]+"$/);
    expect(etagOf(await app.fetch(path, { method: 'HEAD' }))).toBe(etag);
    const again = await app.fetch(path, { headers: { 'if-none-match': `"other", ${etag}`, ...REVALIDATING } });
    expect([again.status, await again.text(), etagOf(again)]).toEqual([304, '', etag]);
    expect(again.headers.has('content-type')).toBe(false);
    expect((await app.fetch(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  }
});

test('another content has another tag', async () => {
  const app = await serve([new Answers()], { http: { etag: true } });
  expect(etagOf(await app.fetch('/changing'))).not.toBe(etagOf(await app.fetch('/changing')));
});

test('a tag of its own stays, and is compared', async () => {
  const app = await serve([new Answers()], { http: { etag: true } });
  expect(etagOf(await app.fetch('/own'))).toBe('"mine"');
});

test.each(['/private', '/cookie', '/created', '/missing'])('%s has none', async (path) => {
  const app = await serve([new Answers()], { http: { etag: true } });
  expect(etagOf(await app.fetch(path))).toBe(null);
});

test('an answer that changed something has none', async () => {
  const app = await serve([new Answers()], { http: { etag: true } });
  expect(etagOf(await app.fetch('/films', { method: 'POST' }))).toBe(null);
});
