// Seeded hostile requests, byte by byte over real sockets: no 5xx, no failure, nothing that a method did not ask for.
import { connect } from 'node:net';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import { Controller, Get, Post } from '../../src/http/controller.js';
import { Body, Cookie, Headers, Param, Query } from '../../src/http/parameters.js';
import { pick, seeded } from '../validation/seeded.js';
import { type Harness, serve } from './harness.js';

class Inner {
  @IsString() name!: string;
}
class Entry {
  @IsString() name!: string;
  @IsInt() @IsOptional() age?: number;
  @IsBoolean() @IsOptional() member?: boolean;
  @ValidateNested() @Type(() => Inner) @IsOptional() inner?: Inner;
}
class Search {
  @IsString() @IsOptional() name?: string;
  @IsInt() @IsOptional() age?: number;
}

const TYPES: Readonly<Record<string, string>> = { name: 'string', age: 'number', member: 'boolean', inner: 'object' };

/** What came to a method and was not what it declares. */
const strange: unknown[] = [];
let calls = 0;

function look(cls: new () => object, value: object): object {
  calls++;
  const keys = Object.entries(value).filter(([, one]) => one !== undefined);
  const fits = keys.every(([key, one]) => typeof one === TYPES[key]);
  if (Object.getPrototypeOf(value) !== cls.prototype || !fits) strange.push(value);
  return value;
}

@Controller()
class Doors {
  @Post('/json') json(@Body(Entry) entry: Entry) {
    return look(Entry, entry);
  }
  @Post('/form') form(@Body(Search, { accept: ['form', 'json'], inflate: true }) search: Search) {
    return look(Search, search);
  }
  @Post('/text') text(@Body(String, { accept: 'text', inflate: true }) text: string) {
    return typeof text;
  }
  @Post('/bytes') bytes(@Body(Buffer) bytes: Buffer) {
    return bytes.length;
  }
  @Get('/query/:id') query(
    @Param('id', Number) id: number,
    @Query(Search) search: Search,
    @Cookie('theme', String) theme = '',
    @Headers('x-count', Number) count = 0,
  ) {
    return { id, theme, count, ...look(Search, search) };
  }
}

const random = seeded(20_261_121);

const body = (path: string, type: string, text: string, more = '') =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${more}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

const JSON_TEXTS = [
  '{"name":"a","age":1,"member":true,"inner":{"name":"b"}}',
  '{"name":"a","__proto__":{"admin":true}}',
  '{"name":"a","inner":{"constructor":{"prototype":{"x":1}},"name":"b"}}',
  '{"name":"a","toString":1,"valueOf":1,"then":1,"toJSON":1,"hasOwnProperty":1,"length":-1}',
  '{"name":"\\ud800","\\udfff":"\\u0000"}',
  '{"name":"a","name":"b"}',
  '[{"name":"a"}]',
  'null',
  '"a"',
  '1e999',
  '{"name":["a"],"age":"1","member":null,"inner":[]}',
  '',
];
const FORM_TEXTS = [
  'name=a&age=1',
  'name=a&name=b',
  '__proto__=1',
  'constructor[prototype]=1',
  'name=%ff',
  'name=%',
  '&&&=&=',
  'a'.repeat(70_000),
];
const MEDIA = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-7',
  'application/vnd.a+json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/octet-stream',
  'multipart/form-data; boundary=a',
  '',
  ';;;',
  'application/json\u0080',
];
const MORE = [
  '', '', '', 'Content-Encoding: gzip\r\n', 'Content-Encoding: br\r\n', 'Content-Encoding: zip\r\n', 'Transfer-Encoding: chunked\r\n',
  'Content-Length: 3\r\n', 'Host: other\r\n', 'Expect: 100-continue\r\n', 'Expect: miracles\r\n', 'Connection: upgrade\r\nUpgrade: h2c\r\n',
  'X-A: a\r\n b\r\n', 'X-A: \u0000\r\n', 'X A: a\r\n', `X-A: ${'a'.repeat(20_000)}\r\n`, 'X-A: a\r\n'.repeat(120), 'Trailer: X-A\r\nTE: trailers\r\n',
  'Content-Type: text/plain\r\n', 'Cookie: theme=a; theme=b; __proto__=c;;=;\r\n', 'X-HTTP-Method-Override: DELETE\r\n', 'Range: bytes=0-,5-1\r\n',
]; // biome-ignore format: a list
const TARGETS = [
  '/query/1?name=a&age=2', '/query/1?age=2&age=3', '/query/0x10', '/query/%', '/query/%00', '/query/1?__proto__=1', '/query/1?%', '/query/..%2f..%2fa',
  `/query/${'1'.repeat(300)}`, `/query/1?${'a=1&'.repeat(200)}`, `/${'a'.repeat(9000)}`, 'http://other/query/1', '*', '//', '/query/1#a', '/\u0080', '/query/1?name=%F0%28',
]; // biome-ignore format: a list
const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', 'G T'];

function request(): string {
  const kind = random();
  const texts = random() < 0.6 ? JSON_TEXTS : FORM_TEXTS;
  if (kind < 0.6)
    return body(
      pick(random, ['/json', '/form', '/text', '/bytes']),
      pick(random, MEDIA),
      pick(random, texts),
      pick(random, MORE),
    );
  if (kind < 0.9) {
    const method = random() < 0.7 ? 'GET' : pick(random, METHODS);
    return `${method} ${pick(random, TARGETS)} HTTP/1.1\r\nHost: localhost\r\nX-Count: 1\r\n${pick(random, MORE)}\r\n`;
  }
  const chunks = pick(random, [
    '9\r\n{"name":1\r\n0\r\n\r\n',
    '5\r\nab',
    'zz\r\n',
    '-1\r\n\r\n',
    '4;a="\r\nnull\r\n0\r\nX-A: a\r\n\r\n',
    'fffffffffffff\r\n',
  ]);
  return `POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`;
}

/** What is sent over one connection: one request or several, some with a byte that fell over, some cut. */
function bytes(): Buffer {
  const sent = Buffer.from(Array.from({ length: random() < 0.1 ? 20 : 1 }, request).join(''), 'latin1');
  if (random() < 0.3) sent[Math.floor(random() * sent.length)] = Math.floor(random() * 256);
  return random() < 0.15 ? sent.subarray(0, Math.floor(random() * sent.length)) : sent;
}

/** Sends, says that nothing more comes, and resolves with what was answered when the connection has ended. */
function exchange(port: number, sent: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(sent));
    socket.setEncoding('latin1').on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}

async function honest(app: Harness): Promise<unknown> {
  return (await app.postJson('/json', { name: 'a', inner: { name: 'b' } })).json();
}

test('3000 connections get answers below 500, and the honest client beside them its own', async () => {
  const app = await serve([new Doors()], { http: { maxConnections: 1000 } });
  const statuses = new Map<string, number>();
  const wrong: unknown[] = [];
  for (let round = 0; round < 150; round++) {
    const all = Array.from({ length: 20 }, bytes);
    const answers = await Promise.all(all.map((sent) => exchange(app.port, sent)));
    for (const [index, answer] of answers.entries()) {
      for (const [, status = ''] of answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (Number(status) >= 500) wrong.push({ status, sent: all[index]?.toString('latin1').slice(0, 500) });
      }
    }
    expect(await honest(app)).toEqual({ name: 'a', inner: { name: 'b' } });
  }
  expect(wrong).toEqual([]);
  expect(strange).toEqual([]);
  expect(app.of('http-failed')).toEqual([]);
  expect(({} as Record<string, unknown>).admin).toBeUndefined();
  expect(app.http.inFlight).toBe(0);
  // The door was open: methods ran, and every kind of refusal was given.
  expect(calls).toBeGreaterThan(150);
  for (const status of ['200', '400', '404', '413', '414', '415', '417', '422', '431'])
    expect([...statuses.keys()]).toContain(status);
});

test('a request that waits behind another one is over when its connection closes', async () => {
  let finish = () => {};
  const begun: string[] = [];
  @Controller()
  class Slow {
    @Get('/slow') async slow() {
      begun.push('slow');
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    }
    @Get('/next') next() {
      begun.push('next');
      return 'never sent';
    }
  }
  const app = await serve([new Slow()]);
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const socket = connect(app.port, '127.0.0.1', () => socket.write(get('/slow') + get('/next')));
  while (begun.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(app.http.inFlight).toBe(2);
  socket.destroy();
  while (app.http.inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
  finish();
  expect(begun).toEqual(['slow', 'next']);
  const ended = app.of('http-request').map(({ route, aborted }) => `${route} ${aborted}`);
  expect(ended.sort()).toEqual(['/next true', '/slow true']);
});
