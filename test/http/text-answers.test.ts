// Text that a method returns is text, whatever it looks like.
import type { Context } from 'koa';
import { Controller, Get, Post } from '../../src/http/controller.js';
import { Use } from '../../src/http/middleware.js';
import { Body, Ctx, Query } from '../../src/http/parameters.js';
import { SetHeader } from '../../src/http/plan.js';
import { Outcome } from '../../src/kernel/outcome.js';
import { serve } from './harness.js';

const MARKUP = '<script>alert(1)</script>';

@Controller()
class Notes {
  @Get('/note') note(@Query('text', String) text: string) {
    return text;
  }
  @Get('/later') async later(@Query('text', String) text: string) {
    return text;
  }
  @Get('/outcome') outcome(@Query('text', String) text: string) {
    return Outcome.success(text);
  }
  @Get('/wrapped')
  @Use(async (ctx, next) => {
    await next();
    ctx.body = `<b>${ctx.body}`;
  })
  wrapped(@Query('text', String) text: string) {
    return text;
  }
  @Post('/echo') echo(@Body(String, { accept: 'text' }) text: string) {
    return text;
  }
  @Get('/page') @SetHeader('Content-Type', 'text/html; charset=utf-8') page() {
    return '<p>a page</p>';
  }
  @Get('/typed') typed(@Ctx() ctx: Context) {
    ctx.type = 'html';
    return '<p>a page</p>';
  }
  @Get('/by-hand') byHand(@Ctx() ctx: Context) {
    ctx.body = '<p>a page</p>';
  }
}

const typeOf = ({ headers }: Response) => headers.get('content-type');

// (tried: koa alone says text/html of each)
test.each(['/note', '/later', '/outcome', '/wrapped'])(
  '%s never becomes a page by what a stranger wrote',
  async (path) => {
    for (const http of [{}, { etag: true, compression: true }]) {
      const app = await serve([new Notes()], { http });
      for (const text of [MARKUP, `  \n${MARKUP}`, '<', '']) {
        const answer = await app.fetch(`${path}?text=${encodeURIComponent(text)}`);
        expect([answer.status, typeOf(answer)]).toEqual([200, 'text/plain; charset=utf-8']);
      }
    }
  },
);

test('nor does a text that is sent back', async () => {
  const app = await serve([new Notes()]);
  const headers = { 'content-type': 'text/plain' };
  const answer = await app.fetch('/echo', { method: 'POST', headers, body: MARKUP });
  expect([typeOf(answer), await answer.text()]).toEqual(['text/plain; charset=utf-8', MARKUP]);
});

test.each(['/page', '/typed', '/by-hand'])('%s is a page, since the program says so', async (path) => {
  const app = await serve([new Notes()]);
  expect(typeOf(await app.fetch(path))).toBe('text/html; charset=utf-8');
});
