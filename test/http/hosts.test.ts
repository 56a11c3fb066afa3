import type { Context } from 'koa';
import { Controller, Get } from '../../src/http/controller.js';
import { HostList, isHost } from '../../src/http/hosts.js';
import { Ctx } from '../../src/http/parameters.js';
import { Raw, serve } from './harness.js';

@Controller()
class Home {
  @Get('/where') where(@Ctx() ctx: Context) {
    return { host: ctx.host, href: ctx.href };
  }
}

const NAMES = ['films.example', '*.films.example', 'other.example:8443', '[::1]', '127.0.0.1:3000'];

test.each([
  ['films.example', true],
  ['FILMS.Example', true],
  ['films.example:80', true],
  ['films.example:8080', true],
  ['films.example.', true],
  ['www.films.example', true],
  ['a.b.films.example:1', true],
  ['other.example:8443', true],
  ['[::1]', true],
  ['[::1]:3000', true],
  ['127.0.0.1:3000', true],
  ['other.example', false],
  ['other.example:8444', false],
  ['127.0.0.1', false],
  ['evilfilms.example', false],
  ['films.example.evil.example', false],
  ['.films.example', false],
  ['evil.example', false],
  ['constructor', false],
  ['', false],
])('of %j this list says %s', (host, has) => {
  expect(new HostList(NAMES).has(host)).toBe(has);
});

/** What nobody may take for a host, though some parser does. */
const STRANGE = [
  ...[
    'a@b',
    'user:pass@films.example',
    'films.example@evil.example',
    'films.example/evil',
    'films.example?x',
    'films.example#x',
  ],
  ...[
    'films.example\\evil',
    'films example',
    'films.example:',
    'films.example:x',
    'films.example:123456',
    'films.example:80:80',
  ],
  ...[
    'films.example,evil.example',
    'films.example;evil',
    '"films.example"',
    '<films.example>',
    "films.example'",
    '(films.example)',
  ],
  ...[
    '[::1',
    '::1]',
    '[::1]x',
    '[films.example]',
    '::1',
    '-films.example',
    '.films.example',
    'films%2eexample',
    '%66ilms.example',
  ],
  ...[
    'films.example%00',
    '*',
    '*.films.example',
    'a'.repeat(300),
    'http://films.example',
    '//films.example',
    '{films}',
    '$(id)',
    '`id`',
  ],
];

test.each(STRANGE.map((host) => [host]))('%j is no host, and a request with it is refused', async (host) => {
  expect(isHost(host)).toBe(false);
  for (const http of [{}, { allowedHosts: NAMES }]) {
    const app = await serve([new Home()], { http });
    const raw = await new Raw(app.port).send(`GET /where HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    await raw.closed;
    expect(raw.received).toMatch(/^HTTP\/1\.1 400 /);
    expect(raw.received).not.toContain('"href"');
  }
});

describe('http.allowedHosts', () => {
  test('answers under these names, and says 421 under others without repeating them', async () => {
    const app = await serve([new Home()], { http: { allowedHosts: ['films.example'] } });
    for (const [host, status] of [
      ['films.example', 200],
      ['evil.example', 421],
      ['films.example', 200],
    ] as const) {
      const raw = await new Raw(app.port).send(`GET /where HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      await raw.closed;
      expect(raw.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      if (status === 421) expect(raw.received).toMatch(/"code":"SPECTER_HOST"/);
      if (status === 421) expect(raw.received).not.toContain('evil');
    }
  });

  test('does not answer a request that says no name', async () => {
    const app = await serve([new Home()], { http: { allowedHosts: ['films.example'] } });
    const raw = await new Raw(app.port).send('GET /where HTTP/1.0\r\n\r\n');
    await raw.closed;
    expect(raw.received).toMatch(/^HTTP\/1\.1 421 /);
  });

  test('lets health checks in, which come by address', async () => {
    const app = await serve([new Home()], { http: { allowedHosts: ['films.example'] } });
    expect((await app.fetch('/health/live')).status).toBe(200);
    expect((await app.fetch('/where')).status).toBe(421);
  });

  test('is about what a trusted proxy was asked for, and nobody else can say that', async () => {
    const headers = { 'x-forwarded-host': 'films.example' };
    const allowedHosts = ['films.example'];
    const trusting = await serve([new Home()], { http: { allowedHosts, trustProxy: 'loopback' } });
    const answer = await trusting.fetch('/where', { headers });
    expect(await answer.json()).toEqual({ host: 'films.example', href: 'http://films.example/where' });
    const careful = await serve([new Home()], { http: { allowedHosts } });
    expect((await careful.fetch('/where', { headers })).status).toBe(421);
  });
});
