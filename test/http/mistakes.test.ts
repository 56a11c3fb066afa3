// Mistakes of a program that HTTP would hide: each is told with what to do.
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get } from '../../src/http/controller.js';
import { HttpError, NotFound } from '../../src/http/errors.js';
import { httpWordings } from '../../src/http/events.js';
import { HandlerTimeout } from '../../src/http/handler-timeout.js';
import { shown } from '../../src/http/problem-response.js';
import { HttpServer } from '../../src/http/server.js';
import { Outcome } from '../../src/kernel/outcome.js';
import { Harness, Raw, serve } from './harness.js';

@Controller()
class Mistakes {
  @Get('/returned') returned() {
    return new HttpError(404, 'No such film.', { code: 'NO_FILM', headers: { 'X-Film': '7' } });
  }
  @Get('/returned/later') async later() {
    return new NotFound('No such film.', { code: 'NO_FILM', headers: { 'X-Film': '7' } });
  }
  @Get('/returned/outcome') outcome() {
    return Outcome.success(new HttpError(404, 'No such film.', { code: 'NO_FILM', headers: { 'X-Film': '7' } }));
  }
  @Get('/returned/any') any() {
    return Object.assign(new Error('secret'), { code: 'SECRET' });
  }
  @Get('/status') status() {
    throw new HttpError(200, 'fine');
  }
  @Get('/object') object() {
    throw { status: 404, message: 'nothing here' };
  }
  @Get('/keys') keys() {
    throw { status: 404, film: 7 };
  }
  @Get('/slow') @HandlerTimeout(50) slow() {
    return new Promise(() => {});
  }
}

// (tried: sent as 200 with everything that the error has)
test.each(['/returned', '/returned/later', '/returned/outcome'])(
  'an error that %s gives is answered as if thrown',
  async (path) => {
    const app = await serve([new Mistakes()]);
    const answer = await app.fetch(path);
    expect([answer.status, answer.headers.get('x-film')]).toEqual([404, '7']);
    expect(await answer.json()).toMatchObject({ status: 404, detail: 'No such film.', code: 'NO_FILM' });
    expect(app.of('http-failed')).toEqual([]);
  },
);

test('any other error that is returned is a 500 that tells nothing, and in the log', async () => {
  const app = await serve([new Mistakes()]);
  const answer = await app.fetch('/returned/any');
  expect([answer.status, /secret/i.test(await answer.text())]).toEqual([500, false]);
  expect(app.of('http-failed')).toMatchObject([{ error: { message: 'secret' } }]);
});

test.each([200, 399, 600, 999, 404.5, Number.NaN, '404' as unknown as number])(
  'new HttpError(%p) is refused where it is made',
  (status) => {
    expect(() => new HttpError(status)).toThrow(
      expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT', message: expect.stringContaining('400 to 599') }),
    );
  },
);

test('a status that is none is a clean 500, and the log says why', async () => {
  const app = await serve([new Mistakes()]);
  expect((await app.fetch('/status')).status).toBe(500);
  expect(await app.event('http-failed')).toMatchObject({ error: { message: expect.stringContaining('400 to 599') } });
});

test.each([
  ['/object', 'a thrown Object with status, message: nothing here'],
  ['/keys', 'a thrown Object with status, film'],
])('what %s throws is no error: the log says what it has, its client hears nothing', async (path, message) => {
  const app = await serve([new Mistakes()]);
  const answer = await app.fetch(path);
  expect([answer.status, /nothing here|film/.test(await answer.text())]).toEqual([500, false]);
  expect(await app.event('http-failed')).toMatchObject({ error: { message } });
});

test('a timeout says the time that was given', async () => {
  const app = await serve([new Mistakes()]);
  const { detail } = (await (await app.fetch('/slow')).json()) as { detail: string };
  expect(detail).toBe('There was no answer within 50 ms.');
});

test('HTTP/1.1 without a host is refused with the usual problem, and its connection goes on; HTTP/1.0 needs none', async () => {
  const app = await serve([new Mistakes()]);
  const raw = await new Raw(app.port).send('GET /returned HTTP/1.1\r\n\r\n');
  await raw.until('SPECTER_MALFORMED_REQUEST');
  expect(raw.received).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json.*no Host header/s);
  raw.received = '';
  await raw.send('GET /returned HTTP/1.0\r\n\r\n');
  expect(await raw.until('NO_FILM')).toMatch(/^HTTP\/1\.1 404/);
});

test('the log names the path that nobody answers, without its query, and nothing that could be a line of its own', async () => {
  const app = await serve([new Mistakes()]);
  const told = async (path: string) => {
    const raw = await new Raw(app.port).send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    await raw.closed;
    const event = app.of('http-request').at(-1);
    return event && httpWordings['http-request'].sentence(event).replace(/ in [\d.]+ ms$/, '');
  };
  expect(await told('/wp-login.php?password=1')).toBe('GET an unknown path "/wp-login.php" answered 404');
  expect(await told('/a"b\\c')).toBe('GET an unknown path "/a\\u0022b\\u005cc" answered 404');
  expect(shown('a\r\nb\u0085\u202e')).toBe('a\\u000d\\u000ab\\u0085\\u202e');
  expect(await told(`/${'a'.repeat(500)}`)).toBe(`GET an unknown path "/${'a'.repeat(99)}..." answered 404`);
  expect(await told('/returned?a=b')).toBe('GET /returned answered 404');
});

test('the log names the host that is not welcome', async () => {
  const app = await serve([new Mistakes()], { http: { allowedHosts: ['films.example'] } });
  expect((await app.fetch('/returned')).status).toBe(421);
  const event = await app.event('http-request');
  expect(httpWordings['http-request'].sentence(event)).toContain(
    `GET an unknown path "/returned" for the host "127.0.0.1:${app.port}" answered 421`,
  );
});

test.each([{ port: 0 }, 99_999, -1, 1.5, Number.NaN, null, '', 'films', true])(
  'listen(%p) says what it takes',
  async (at) => {
    const { environment } = new Harness();
    const http = new HttpServer(environment, {}, { ready: () => true, health: async () => undefined });
    await expect(http.listen(at as number)).rejects.toMatchObject({
      code: 'SPECTER_INVALID_ARGUMENT',
      message: expect.stringContaining('a port number from 0 to 65535'),
    });
    await http.close();
  },
);

test('a path that is too long for a socket is said to be, and leaves nothing behind', async () => {
  const { environment } = new Harness();
  const folder = mkdtempSync(join(tmpdir(), 'long-'));
  const http = new HttpServer(environment, {}, { ready: () => true, health: async () => undefined });
  await expect(http.listen(join(folder, `${'s'.repeat(120)}.sock`))).rejects.toMatchObject({
    code: 'SPECTER_LISTEN',
    message: expect.stringContaining('at most 100 characters'),
  });
  expect(readdirSync(folder)).toEqual([]);
  await http.close();
});
