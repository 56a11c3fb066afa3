// Bodies beside JSON: forms, texts and raw bytes, each because a method asks for it, and each with its limits.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { IsBoolean, IsDate, IsInt, IsOptional, IsString } from 'class-validator';
import { z } from 'zod';
import { Controller, Post } from '../../src/http/controller.js';
import { Body, type BodyOptions } from '../../src/http/parameters.js';
import { type InputType, unchecked } from '../../src/validation/gate.js';
import { check, type Harness, serve } from './harness.js';

class Entry {
  @IsString() name!: string;
  @IsInt() @IsOptional() age?: number;
  @IsBoolean() @IsOptional() member?: boolean;
  @IsDate() @IsOptional() born?: Date;
  @IsString({ each: true }) @IsOptional() tag?: string[];
}
const Login = z.object({ user: z.string(), code: z.coerce.number().int() });

@Controller()
class Forms {
  @Post('/form') form(@Body(Entry, { accept: 'form' }) entry: Entry) {
    return { ...entry, own: entry instanceof Entry };
  }
  @Post('/both') both(@Body(Entry, { accept: ['json', 'form'] }) entry: Entry) {
    return entry;
  }
  @Post('/schema') login(@Body(Login, { accept: 'form' }) login: z.infer<typeof Login>) {
    return login;
  }
  @Post('/few') few(@Body(unchecked, { accept: 'form', limits: { keys: 3 } }) form: object) {
    return { form };
  }
  @Post('/text') text(@Body(String, { accept: 'text' }) text: string) {
    return { text };
  }
  @Post('/number') number(@Body(Number, { accept: 'text' }) number: number) {
    return { number };
  }
  @Post('/bytes') bytes(@Body() bytes: Buffer) {
    return { buffer: Buffer.isBuffer(bytes), hex: bytes.toString('hex') };
  }
  @Post('/image') image(@Body(Buffer, { accept: ['image/*', 'application/pdf'], limit: 10 }) bytes: Buffer) {
    return bytes.length;
  }
  @Post('/any') any(@Body(unchecked, { accept: ['json', 'raw'] }) body: unknown) {
    return { bytes: Buffer.isBuffer(body), body };
  }
  @Post('/inflated') inflated(@Body(String, { accept: 'text', inflate: true, limit: 1000 }) text: string) {
    return text.length;
  }
}

const FORM = 'application/x-www-form-urlencoded';

function post(app: Harness, path: string, type: string, body: RequestInit['body'], more = {}): Promise<Response> {
  return app.fetch(path, { method: 'POST', body: body ?? null, headers: { 'content-type': type, ...more } });
}

async function answerOf(answer: Response | Promise<Response>): Promise<unknown> {
  return (await answer).json();
}

const start = (http = {}) => serve([new Forms()], { http });

describe('a form', () => {
  test('is converted as strictly as a query', async () => {
    const app = await start();
    const fields = 'name=Ada+L%C3%B6ve&age=36&member=true&born=1815-12-10&tag=a&tag=b';
    expect(await answerOf(post(app, '/form', FORM, fields))).toEqual({
      name: 'Ada Löve',
      age: 36,
      member: true,
      born: '1815-12-10T00:00:00.000Z',
      tag: ['a', 'b'],
      own: true,
    });
    expect(await answerOf(post(app, '/form', `${FORM}; charset=UTF-8`, 'name=a&tag=one'))).toMatchObject({
      tag: ['one'],
    });
    expect(await answerOf(post(app, '/schema', FORM, 'user=ada&code=7'))).toEqual({ user: 'ada', code: 7 });
  });

  test.each([
    ['name=a&age=0x10', 'age isNumber'],
    ['name=a&age=', 'age isNumber'],
    ['name=a&member=1', 'member isBoolean'],
    ['name=a&name=b', 'name once'],
    ['name=a&born=2024-02-31', 'born isDate'],
    ['name=a&other=1', 'other unknown'],
    ['name=a&name[x]=1', 'name[x] unknown'],
    ['name=a&constructor=1', 'constructor unknown'],
    ['', 'name isString'],
  ])('%s is a 422 that names the place', async (fields, fault) => {
    const app = await start();
    const answer = await post(app, '/form', FORM, fields);
    const { errors } = (await answer.json()) as { errors: { in: string; path: string; rule: string }[] };
    expect([answer.status, errors.map((one) => `${one.path} ${one.rule}`)]).toEqual([422, [fault]]);
    expect(errors[0]?.in).toBe('body');
  });

  test.each([
    ['__proto__=1', 'SPECTER_BODY_FORBIDDEN_KEY'],
    ['%5f_proto__=1', 'SPECTER_BODY_FORBIDDEN_KEY'],
    ['name=%', 'SPECTER_BODY_ENCODING'],
    ['name=%C3%28', 'SPECTER_BODY_ENCODING'],
    [new Uint8Array([0x61, 0x3d, 0xc3, 0x28]), 'SPECTER_BODY_ENCODING'],
    ['a=1&'.repeat(1001), 'SPECTER_BODY_TOO_COMPLEX'],
  ])('%s is a 400', async (fields, code) => {
    const app = await start();
    expect(await answerOf(post(app, '/form', FORM, fields))).toMatchObject({ status: 400, code });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('has as many fields and bytes as the method allows', async () => {
    const app = await start();
    expect((await post(app, '/few', FORM, 'a=1&b=2&c=3')).status).toBe(200);
    expect(await answerOf(post(app, '/few', FORM, 'a=1&a=2&a=3&a=4'))).toMatchObject({
      status: 400,
      detail: 'The body has more than 3 fields.',
    });
    const large = `name=${'a'.repeat(65_536)}`;
    expect((await post(app, '/form', FORM, large.slice(0, 65_536))).status).toBe(200);
    expect((await post(app, '/form', FORM, large)).status).toBe(413);
  });

  test('is taken where the method says so alone, beside JSON if it likes', async () => {
    const app = await start();
    expect(await answerOf(post(app, '/both', FORM, 'name=a&age=1'))).toEqual({ name: 'a', age: 1 });
    expect(await answerOf(post(app, '/both', 'application/json', '{"name":"a","age":1}'))).toEqual({
      name: 'a',
      age: 1,
    });
    expect((await post(app, '/both', 'application/json', '{"name":"a","age":"1"}')).status).toBe(422);
    const refused = await post(app, '/form', 'application/json', '{"name":"a"}');
    expect([refused.status, refused.headers.get('accept-post')]).toEqual([415, FORM]);
    expect(await refused.json()).toMatchObject({
      code: 'SPECTER_MEDIA_TYPE',
      detail: `The body must be of another type: send Content-Type: ${FORM}.`,
    });
  });
});

describe('a text', () => {
  test('arrives as it is, without its byte order mark', async () => {
    const app = await start();
    expect(await answerOf(post(app, '/text', 'text/plain', '\ufeffÄ "b"\n'))).toEqual({ text: 'Ä "b"\n' });
    expect(await answerOf(post(app, '/text', 'text/plain', ''))).toEqual({ text: '' });
    expect(await answerOf(post(app, '/number', 'text/plain', '-1.5'))).toEqual({ number: -1.5 });
  });

  test('of another kind, charset or size is refused', async () => {
    const app = await start();
    expect((await post(app, '/number', 'text/plain', ' 1')).status).toBe(422);
    expect((await post(app, '/text', 'text/html', 'a')).status).toBe(415);
    expect((await post(app, '/text', 'text/plain; charset=utf-16', 'a')).status).toBe(415);
    expect((await post(app, '/text', 'text/plain', 'a'.repeat(65_537))).status).toBe(413);
    expect(await answerOf(post(app, '/text', 'text/plain', new Uint8Array([0xff])))).toMatchObject({
      status: 400,
      code: 'SPECTER_BODY_ENCODING',
    });
  });
});

describe('raw bytes', () => {
  test('come for a Buffer, of the types that the method lists', async () => {
    const app = await start();
    const bytes = new Uint8Array([0, 255, 128]);
    const arrived = { buffer: true, hex: '00ff80' };
    expect(await answerOf(post(app, '/bytes', 'application/octet-stream', bytes))).toEqual(arrived);
    expect(await answerOf(post(app, '/image', 'image/png', bytes))).toBe(3);
    expect(await answerOf(post(app, '/image', 'Application/PDF; charset=latin1', bytes))).toBe(3);
    expect((await post(app, '/bytes', 'image/png', bytes)).status).toBe(415);
    expect((await post(app, '/image', 'imagery/png', bytes)).status).toBe(415);
    expect((await post(app, '/image', 'image/png', new Uint8Array(11))).status).toBe(413);
    expect((await post(app, '/bytes', 'application/octet-stream', new Uint8Array(1_048_577))).status).toBe(413);
  });

  test('may be one of several forms', async () => {
    const app = await start();
    expect(await answerOf(post(app, '/any', 'application/json', '[1]'))).toEqual({ bytes: false, body: [1] });
    expect(await answerOf(post(app, '/any', 'application/octet-stream', '[1]'))).toMatchObject({ bytes: true });
  });
});

describe('a compressed body', () => {
  const text = 'a'.repeat(1000);

  test.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['GZIP', gzipSync(text)],
    ['identity', Buffer.from(text)],
  ])('in %s is inflated where the method takes it', async (encoding, bytes) => {
    const app = await start();
    const body = new Uint8Array(bytes);
    expect(await answerOf(post(app, '/inflated', 'text/plain', body, { 'content-encoding': encoding }))).toBe(1000);
  });

  test('is refused where it does not, with what is taken', async () => {
    const app = await start();
    const gzip = { 'content-encoding': 'gzip' };
    const refused = await post(app, '/text', 'text/plain', new Uint8Array(gzipSync('a')), gzip);
    expect([refused.status, refused.headers.get('accept-encoding')]).toEqual([415, 'identity']);
    const twice = await post(app, '/inflated', 'text/plain', 'a', { 'content-encoding': 'gzip, br' });
    expect([twice.status, twice.headers.get('accept-encoding')]).toEqual([415, 'gzip, deflate, br']);
  });

  test.each([
    ['gzip', gzipSync(Buffer.alloc(500_000))],
    ['deflate', deflateSync(Buffer.alloc(500_000))],
    ['br', brotliCompressSync(Buffer.alloc(500_000))],
  ])('in %s that would become too large is 413', async (encoding, bomb) => {
    const app = await start();
    expect(bomb.length).toBeLessThan(1000);
    const answer = await post(app, '/inflated', 'text/plain', new Uint8Array(bomb), { 'content-encoding': encoding });
    expect(await answer.json()).toMatchObject({ status: 413, code: 'SPECTER_BODY_TOO_LARGE' });
  });

  test('that is broken is 400', async () => {
    const app = await start();
    const gzip = { 'content-encoding': 'gzip' };
    const cut = new Uint8Array(gzipSync('abc')).slice(0, -4);
    for (const broken of [cut, 'no gzip at all', '']) {
      const answer = await post(app, '/inflated', 'text/plain', broken, gzip);
      expect(await answer.json()).toMatchObject({ status: 400, code: 'SPECTER_BODY_ENCODING' });
    }
  });
});

/** The boot error of a route with this body. */
function bootError(type: InputType | undefined, options: BodyOptions): unknown {
  class Wrong {
    take(body: unknown) {
      return body;
    }
  }
  Body(type, options)(Wrong.prototype, 'take', 0);
  Post('/')(Wrong.prototype, 'take');
  Controller()(Wrong);
  try {
    check(Wrong);
    return undefined;
  } catch (error) {
    return error;
  }
}

test.each<[InputType | undefined, BodyOptions, RegExp]>([
  [Number, { accept: 'form' }, /accepts a body as form, but a form has fields/],
  [[Entry], { accept: 'form' }, /a form has fields/],
  [Buffer, { accept: ['json', 'raw'] }, /JSON has no bytes/],
  [Entry, { accept: 'text' }, /a text is a single value: give String/],
  [Entry, { accept: 'raw' }, /accepts application\/octet-stream, but what comes are bytes: give Buffer/],
  [Entry, { accept: ['form', 'image/png'] }, /accepts image\/png, but what comes are bytes/],
  [undefined, { accept: 'raw' }, /it has no type at run time/],
  [Object, { accept: 'text' }, /a text is a single value/],
])('what a body cannot become is a boot error: %p of %j', (type, options, message) => {
  expect(bootError(type, options)).toMatchObject({
    code: 'SPECTER_UNTYPED_INPUT',
    message: expect.stringMatching(message),
  });
});

test.each<[BodyOptions, RegExp]>([
  [{ accept: 'xml' as 'json' }, /names no form of a body/],
  [{ accept: [] }, /names no form of a body/],
  [{ limit: 0 }, /has a limit that is no size/],
  [{ limits: { keys: 1.5 } }, /has a limit that is no size/],
  [
    { limits: { depth: 257 } },
    /beyond the hard ones: depth 257\. Stay within depth 256, keys 5000, items 50000, nodes 100000/,
  ],
])('an option that cannot be meant is a boot error: %j', (options, message) => {
  expect(bootError(unchecked, options)).toMatchObject({
    code: 'SPECTER_INVALID_ROUTE',
    message: expect.stringMatching(message),
  });
});
