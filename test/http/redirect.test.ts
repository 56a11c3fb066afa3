import { Controller, Get } from '../../src/http/controller.js';
import { httpWordings } from '../../src/http/events.js';
import { Query } from '../../src/http/parameters.js';
import { redirect } from '../../src/http/redirect.js';
import type { LifecycleEvent } from '../../src/kernel/events.js';
import { serve } from './harness.js';

@Controller()
class Away {
  @Get('/to') to(@Query('next', String) next = '/') {
    return redirect(next);
  }
  @Get('/see') see() {
    return redirect('/films?page=2#top', 303);
  }
  @Get('/unicode') unicode() {
    return redirect('/häuser?q=\u{1f3e0}');
  }
}

async function target(next: string, redirectHosts?: readonly string[]) {
  const app = await serve([new Away()], { http: redirectHosts ? { redirectHosts } : {} });
  const answer = await app.fetch(`/to?next=${encodeURIComponent(next)}`, { redirect: 'manual' });
  return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
}

test('a path of this server is where the client goes', async () => {
  const app = await serve([new Away()]);
  const answer = await app.fetch('/see', { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location'), await answer.text()]).toEqual([303, '/films?page=2#top', '']);
  const unicode = await app.fetch('/unicode', { redirect: 'manual' });
  expect(unicode.headers.get('location')).toBe('/h%C3%A4user?q=%F0%9F%8F%A0');
});

test.each([
  '/',
  '/films',
  '/films?next=//evil.example',
  '/a//b',
  '/a/../b',
  '/@evil.example',
  '/:80',
  '/%2f/evil.example',
  '/a#//b',
])('%s stays here', async (next) => {
  expect(await target(next)).toEqual({ status: 302, location: next, text: '' });
});

const EVIL = [
  ...['', 'films', './films', '../films', '?a', '#a', '*'],
  ...[
    '//evil.example',
    '///evil.example',
    '////evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '\\/evil.example',
  ],
  ...['/\t/evil.example', '/\n/evil.example', '\t//evil.example', ' //evil.example', '\u0000/evil'],
  ...['/.//evil.example', '/a/..//evil.example', '/%2e//evil.example', '/./\\evil.example', '/..//evil.example'],
  ...[
    'https://evil.example',
    'http://evil.example',
    'HTTPS://evil.example',
    'https:evil.example',
    'https:/evil.example',
  ],
  ...[
    'https:///evil.example',
    'https:\\\\evil.example',
    'ftp://evil.example',
    'ws://evil.example',
    'file:///etc/passwd',
  ],
  ...[
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    ' javascript:alert(1)',
    '\u0001javascript:alert(1)',
  ],
  ...[
    'data:text/html,<b>',
    'vbscript:a',
    'blob:https://films.example/a',
    'about:blank',
    'mailto:a@b.c',
    'view-source:a',
  ],
  ...['/a\r\nSet-Cookie: b=c', '/a\rb', '/a\nb', '/a\u0000b', '/a\u007fb', '/a\u0085b', '/a\\b'],
  ...['https://films.example@evil.example', 'https://evil.example#films.example', 'https://evil.example?films.example'],
  ...[
    'https://films.example.evil.example',
    'https://evilfilms.example',
    'https://films.example:444',
    '//films.example',
  ],
  ...['https://user@films.example', 'https://user:pass@films.example', 'https://films.example\\@evil.example'],
  ...[
    'https://films.example%2eevil.example',
    'https://films.example%00.evil.example',
    'https://[::1]',
    'https://0x7f.1',
  ],
  ...['https://films\u3002example.evil.example', 'https://\u202efilms.example', 'https://.films.example', 'http://'],
];

test.each(EVIL.map((next) => [next]))('%j is refused, and nothing of it is sent back', async (next) => {
  const { status, location, text } = await target(next, ['films.example']);
  expect([status, location]).toEqual([400, null]);
  expect(JSON.parse(text)).toMatchObject({ code: expect.stringMatching(/^SPECTER_(?:REDIRECT|MALFORMED_REQUEST)$/) });
  expect(text).not.toMatch(/evil|script/);
});

test.each([
  ['https://films.example', 'https://films.example/'],
  ['http://films.example/a?b#c', 'http://films.example/a?b#c'],
  ['https://FILMS.example/', 'https://films.example/'],
  ['https://www.films.example/', 'https://www.films.example/'],
  ['https://other.example:8443/', 'https://other.example:8443/'],
  ['https://films\u3002example/', 'https://films.example/'],
])('%s is allowed when its host is', async (next, location) => {
  const allowed = ['films.example', '*.films.example', 'other.example:8443'];
  expect(await target(next, allowed)).toMatchObject({ status: 302, location });
});

test.each([
  ['/a b', '/a%20b'],
  ['/a ', '/a%20'],
  ['/ /evil.example', '/%20/evil.example'],
  ['/films?title=The Thing#the top', '/films?title=The%20Thing#the%20top'],
])('%j stays here, with its blanks encoded', async (next, location) => {
  expect(await target(next)).toMatchObject({ status: 302, location });
});

// (tried: without a word in the log nobody but the client hears of a mistake of the program)
test.each([
  ['films', /begin with "\/"/],
  ['https://evil.example/a', /http\.redirectHosts/],
  ['//evil.example', /one "\/"/],
])(
  'a refused %j is told of with its route and the cure, loudly the first time, and never itself',
  async (next, cure) => {
    const app = await serve([new Away()]);
    for (const first of [true, false]) {
      const answer = await app.fetch(`/to?next=${encodeURIComponent(next)}`, { redirect: 'manual' });
      const { requestId } = (await answer.json()) as { requestId: string };
      const event = app.of('http-redirect-refused').at(-1) as LifecycleEvent<'http-redirect-refused'>;
      expect(event).toMatchObject({
        service: 'Away',
        route: '/to',
        requestId,
        first,
        why: expect.stringMatching(cure),
      });
      expect(httpWordings['http-redirect-refused'].sentence(event)).toContain('redirect() of GET /to is refused');
      expect(JSON.stringify(event)).not.toContain('evil');
      const { level } = httpWordings['http-redirect-refused'];
      expect(typeof level === 'function' && level(event)).toBe(first ? 'warn' : 'debug');
    }
  },
);

test('the refusal has a name', async () => {
  expect(JSON.parse((await target('//evil.example')).text)).toMatchObject({ code: 'SPECTER_REDIRECT' });
});

test('without http.redirectHosts no other host is allowed, not even this one by its name', async () => {
  expect(await target('https://films.example/')).toMatchObject({ status: 400 });
  expect(await target('http://127.0.0.1/')).toMatchObject({ status: 400 });
});

test('another status is a mistake of the program', () => {
  expect(() => redirect('/', 200 as 302)).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
});
