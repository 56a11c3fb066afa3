// @Cookie: read from the header strictly, and with keys only what they have signed.
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Context } from 'koa';
import { Controller, Get } from '../../src/http/controller.js';
import { checkHttpOptions } from '../../src/http/options.js';
import { Cookie, Ctx } from '../../src/http/parameters.js';
import type { HttpServer } from '../../src/http/server.js';
import { type Harness, serve } from './harness.js';

interface Keys {
  sign(data: string): string;
  verify(data: string, digest: string): boolean;
}
const Keygrip = createRequire(import.meta.url)('keygrip') as new (keys: readonly string[], algorithm?: string) => Keys;

@Controller()
class Cookies {
  @Get('/text') text(@Cookie('theme', String) theme?: string) {
    return { theme: theme ?? null };
  }
  @Get('/number') number(@Cookie('size', Number) size?: number) {
    return { size: size ?? null };
  }
  @Get('/list') list(@Cookie('theme', [String]) themes: string[]) {
    return { themes };
  }
  @Get('/proto') proto(@Cookie('__proto__', String) own?: string, @Cookie('constructor', String) made?: string) {
    return { own: own ?? null, made: made ?? null };
  }
  @Get('/set') set(@Ctx() ctx: Context) {
    ctx.cookies.set('theme', 'dark', { signed: true });
  }
  @Get('/open') open(@Cookie('theme', String, { signed: false }) theme?: string) {
    return { theme: theme ?? null };
  }
}

async function get(app: Harness, path: string, cookie?: string): Promise<unknown> {
  return (await app.fetch(path, cookie === undefined ? {} : { headers: { cookie } })).json();
}

test.each([
  ['theme=dark', 'dark'],
  ['a=1; theme=dark; b=2', 'dark'],
  ['a=1;theme=dark', 'dark'],
  ['theme="dark"', 'dark'],
  ['theme="', '"'],
  ['theme=', ''],
  ['theme=a=b', 'a=b'],
  ['theme=%41', '%41'],
  ['; ;=;a;theme=dark;;', 'dark'],
  ['theme', null],
  ['Theme=dark', null],
  ['xtheme=dark', null],
  ['a="; theme=dark', 'dark'],
  ['', null],
])('the header %j says that the theme is %j', async (cookie, theme) => {
  const app = await serve([new Cookies()]);
  expect(await get(app, '/text', cookie)).toEqual({ theme });
});

test('a cookie is converted strictly, and its fault names it', async () => {
  const app = await serve([new Cookies()]);
  expect(await get(app, '/number', 'size=12')).toEqual({ size: 12 });
  expect(await get(app, '/number')).toEqual({ size: null });
  expect(await get(app, '/number', 'size=0x10')).toMatchObject({
    status: 422,
    code: 'SPECTER_VALIDATION',
    errors: [{ in: 'cookies', path: 'size', rule: 'isNumber' }],
  });
});

test('a name that is there twice is a fault, unless a list is asked for', async () => {
  const app = await serve([new Cookies()]);
  expect(await get(app, '/text', 'theme=a; theme=b')).toMatchObject({
    status: 422,
    errors: [{ in: 'cookies', path: 'theme', rule: 'once' }],
  });
  expect(await get(app, '/list', 'theme=a; theme=b')).toEqual({ themes: ['a', 'b'] });
  expect(await get(app, '/list', 'theme=a')).toEqual({ themes: ['a'] });
  expect(await get(app, '/list')).toEqual({ themes: [] });
});

test('a value of more than 4096 characters is none', async () => {
  const app = await serve([new Cookies()]);
  expect(await get(app, '/text', `theme=${'a'.repeat(4096)}`)).toEqual({ theme: 'a'.repeat(4096) });
  expect(await get(app, '/text', `theme=${'a'.repeat(4097)}`)).toEqual({ theme: null });
});

test('names of prototypes are names as all others', async () => {
  const app = await serve([new Cookies()]);
  expect(await get(app, '/proto', '__proto__=a; constructor=b')).toEqual({ own: 'a', made: 'b' });
  expect(await get(app, '/proto', 'a=1')).toEqual({ own: null, made: null });
});

describe('with keys', () => {
  const old = 'an old key of thirty-two letters!';
  const keys = new Keygrip(['a new key of thirty-two letters!!', old], 'sha256');
  const signed = `theme=dark; theme.sig=${keys.sign('theme=dark')}`;
  const start = () => serve([new Cookies()], { prepare: (http) => Object.assign(http.koa, { keys }) });

  test('a cookie is what they have signed, an earlier key included', async () => {
    const app = await start();
    expect(await get(app, '/text', signed)).toEqual({ theme: 'dark' });
    const earlier = new Keygrip([old], 'sha256').sign('theme=dark');
    expect(await get(app, '/text', `theme=dark; theme.sig=${earlier}`)).toEqual({ theme: 'dark' });
  });

  test.each([
    ['without a signature', 'theme=dark'],
    ['with an empty one', 'theme=dark; theme.sig='],
    ['with that of another value', signed.replace('dark', 'light')],
    ['with that of another name', `theme=dark; theme.sig=${keys.sign('other=dark')}`],
    ['with one of SHA-1', `theme=dark; theme.sig=${new Keygrip([old]).sign('theme=dark')}`],
    [
      'with one of another key',
      `theme=dark; theme.sig=${new Keygrip(['a key that nobody here has'], 'sha256').sign('theme=dark')}`,
    ],
    ['that is there twice', `theme=evil; ${signed}`],
  ])('one %s is none', async (_what, cookie) => {
    const app = await start();
    expect(await get(app, '/text', cookie)).toEqual({ theme: null });
  });

  test('one that the pages set themselves is read where the method says so', async () => {
    const app = await start();
    expect(await get(app, '/open', 'theme=light')).toEqual({ theme: 'light' });
  });
});

describe('http.cookieKeys', () => {
  const [NEW, OLD, STRANGE] = ['n', 'o', 's'].map((letter) => letter.repeat(32)) as [string, string, string];
  const start = (...cookieKeys: string[]) => serve([new Cookies()], { http: { cookieKeys } });
  const by = (key: string) => createHmac('sha256', key).update('theme=dark').digest('base64url');
  const cookieBy = (key: string) => `theme=dark; theme.sig=${by(key)}`;

  // Teeth: given to koa as they are, keys sign with SHA-1 (tried).
  test('the first one signs, with SHA-256', async () => {
    const app = await start(NEW, OLD);
    const set = (await app.fetch('/set')).headers.getSetCookie();
    expect(set).toEqual(['theme=dark; path=/; httponly', `theme.sig=${by(NEW)}; path=/; httponly`]);
    expect(await get(app, '/text', cookieBy(NEW))).toEqual({ theme: 'dark' });
  });

  test('what an older one has signed is believed, and signed anew', async () => {
    const app = await start(NEW, OLD);
    const answer = await app.fetch('/text', { headers: { cookie: cookieBy(OLD) } });
    expect(await answer.json()).toEqual({ theme: 'dark' });
    expect(answer.headers.getSetCookie()).toEqual([`theme.sig=${by(NEW)}; path=/; httponly`]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('an old one that was taken away signs for nobody any more', async () => {
    expect(await get(await start(NEW), '/text', cookieBy(OLD))).toEqual({ theme: null });
  });

  test.each([
    ['of a strange key', by(STRANGE)],
    ['of SHA-1', new Keygrip([NEW]).sign('theme=dark')],
    ['of half its length', by(NEW).slice(0, 20)],
    ['with something behind it', `${by(NEW)}A`],
    ['of bytes', '\u00e4'.repeat(43)],
  ])('a signature %s is none', async (_what, digest) => {
    const app = await start(NEW);
    expect(await get(app, '/text', `theme=dark; theme.sig=${Buffer.from(digest).toString('latin1')}`)).toEqual({
      theme: null,
    });
  });

  test.each([
    ['a short one', ['k'.repeat(31)]],
    ['a short one behind a good one', ['k'.repeat(32), 'short']],
    ['an empty one', ['']],
    ['an empty list', []],
    ['a text', 'k'.repeat(32)],
    ['none at all', [undefined]],
  ])('%s is refused before anything starts, and is not repeated', (_what, keys) => {
    expect(() => checkHttpOptions({ cookieKeys: keys as never })).toThrow(
      expect.objectContaining({
        code: 'SPECTER_INVALID_ARGUMENT',
        message: expect.stringMatching(
          /^the option http\.cookieKeys: expected a list of keys of at least 32 bytes each/,
        ),
      }),
    );
    expect(() => checkHttpOptions({ cookieKeys: keys as never })).not.toThrow(/kkk|short/);
  });

  test('bytes count, not letters', () => {
    checkHttpOptions({ cookieKeys: ['ä'.repeat(16)] });
  });

  test('texts given to app.koa.keys are held to the same', async () => {
    const keep = (keys: string[]) => ({ prepare: (http: HttpServer) => void (http.koa.keys = keys) });
    const app = await serve([new Cookies()], keep([NEW]));
    expect((await app.fetch('/set')).headers.getSetCookie()[1]).toBe(`theme.sig=${by(NEW)}; path=/; httponly`);
    await expect(serve([new Cookies()], keep(['short']))).rejects.toThrow(/^app\.koa\.keys: expected a list of keys/);
  });
});
