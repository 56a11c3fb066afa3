// @Cookie: read from the header strictly, and with keys only what they have signed.
import { createRequire } from 'node:module';
import { Controller, Get } from '../../src/http/controller.js';
import { Cookie } from '../../src/http/parameters.js';
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
