import { Controller, Get } from '../../src/http/controller.js';
import { NotFound } from '../../src/http/errors.js';
import { format } from '../../src/http/server-sent.js';
import { Clock, type Release } from '../../src/kernel/clock.js';
import { deferred, Raw, serve } from './harness.js';

/** Time that stands still until its timers are fired by hand. */
class HandClock extends Clock {
  readonly timers = new Set<() => void>();
  now() {
    return 0;
  }
  monotonic() {
    return 0;
  }
  setTimeout(fn: () => void): Release {
    this.timers.add(fn);
    return () => void this.timers.delete(fn);
  }
  fire() {
    for (const fn of [...this.timers]) {
      this.timers.delete(fn);
      fn();
    }
  }
}

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

class Source {
  returned = deferred();
  pulled = 0;
  push = deferred<unknown>();
  iterable(): AsyncIterable<unknown> {
    const iterator: AsyncIterator<unknown> = {
      next: async () => {
        this.pulled++;
        const value = await this.push.promise;
        this.push = deferred();
        return { value, done: false };
      },
      return: async () => {
        this.returned.resolve();
        return { value: undefined, done: true };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }
}

@Controller()
class Events {
  source = new Source();
  big = 0;
  @Get('/three') async *three() {
    yield { n: 1 };
    yield 'two\nlines';
    yield { event: 'third', id: '3', data: null };
  }
  @Get('/source') all() {
    return this.source.iterable();
  }
  @Get('/fails') async *fails() {
    yield 1;
    throw new Error('no more');
  }
  @Get('/absent') async *absent() {
    if (this.big === 0) throw new NotFound('No such channel.');
    yield 1;
  }
  @Get('/flood') async *flood() {
    for (;;) {
      this.big++;
      yield 'x'.repeat(10_000);
    }
  }
}

test('an async iterable leaves as server-sent events', async () => {
  const app = await serve([new Events()]);
  const answer = await app.fetch('/three');
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(await answer.text()).toBe(
    ':\n\ndata: {"n":1}\n\ndata: two\ndata: lines\n\nevent: third\nid: 3\ndata: null\n\n',
  );
});

test('HEAD does not start the iterable', async () => {
  const events = new Events();
  const app = await serve([events]);
  const answer = await app.fetch('/source', { method: 'HEAD' });
  expect([answer.headers.get('content-type'), events.source.pulled]).toEqual(['text/event-stream; charset=utf-8', 0]);
});

test('the headers are there before the first event', async () => {
  const events = new Events();
  const app = await serve([events]);
  const raw = await new Raw(app.port).send(GET('/source'));
  await raw.until('text/event-stream');
  events.source.push.resolve('first');
  await raw.until('data: first\n\n');
});

test('return() is called when the client goes', async () => {
  const events = new Events();
  const app = await serve([events]);
  const raw = await new Raw(app.port).send(GET('/source'));
  await raw.until(':\n\n');
  raw.socket.destroy();
  await events.source.returned.promise;
  expect(await app.event('http-request')).toMatchObject({ aborted: true });
  expect(app.of('http-failed')).toEqual([]);
});

test('return() is called when the application stops, and the response ends whole', async () => {
  const events = new Events();
  const app = await serve([events]);
  const raw = await new Raw(app.port).send(GET('/source'));
  await raw.until(':\n\n');
  expect(await app.http.drain()).toBe(0);
  await events.source.returned.promise;
  await raw.closed;
  expect(raw.received).toMatch(/\r\n0\r\n\r\n$/);
});

test('return() is called when the controller stops', async () => {
  const events = new Events();
  const app = await serve([events]);
  const raw = await new Raw(app.port).send(GET('/source'));
  await raw.until(':\n\n');
  await app.scopes.get(events)?.close();
  await events.source.returned.promise;
  await raw.until('\r\n0\r\n\r\n');
});

test('a silence is filled with comments on the clock of the application, until the stream ends', async () => {
  const clock = new HandClock();
  const events = new Events();
  const app = await serve([events], { clock, http: { heartbeat: 5 } });
  const raw = await new Raw(app.port).send(GET('/source'));
  await raw.until('3\r\n:\n\n\r\n');
  expect(clock.timers.size).toBe(1);
  clock.fire();
  await raw.until('3\r\n:\n\n\r\n3\r\n:\n\n\r\n');
  await app.http.drain();
  await raw.closed;
  expect(clock.timers.size).toBe(0);
});

test('a client that does not read holds the iterable back', async () => {
  const events = new Events();
  const app = await serve([events]);
  const raw = new Raw(app.port);
  await raw.connected;
  raw.socket.pause();
  await raw.send(GET('/flood'));
  let before = -1;
  while (before !== events.big) {
    before = events.big;
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(events.big).toBeGreaterThan(0);
  expect(events.big).toBeLessThan(2_000);
});

test('an iterable that fails before its first value is a problem, one that fails later is cut off', async () => {
  const app = await serve([new Events()]);
  expect(await (await app.fetch('/absent')).json()).toMatchObject({ status: 404, detail: 'No such channel.' });
  const raw = await new Raw(app.port).send(GET('/fails'));
  await raw.closed;
  expect(raw.received).toContain('data: 1\n\n');
  expect(raw.received).not.toContain('\r\n0\r\n\r\n');
  expect(app.of('http-failed')).toMatchObject([{ error: { message: 'no more' } }]);
});

test('what return() throws is reported', async () => {
  const events = new Events();
  events.source.iterable = () => ({
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => Promise.reject(new Error('stuck')),
    }),
  });
  const app = await serve([events]);
  const raw = await new Raw(app.port).send(GET('/source'));
  await raw.until(':\n\n');
  raw.socket.destroy();
  expect(await app.event('http-failed')).toMatchObject({ error: { message: 'stuck' } });
});

test('an event cannot end its own line', () => {
  expect(() => format({ event: 'a\ndata: b', data: 1 })).toThrow(
    expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }),
  );
  expect(format({ data: 'a\r\nid: b' })).toBe('data: a\ndata: id: b\n\n');
  expect(format({ data: 1, title: 'x' })).toBe('data: {"data":1,"title":"x"}\n\n');
  expect(format(undefined)).toBe('data: null\n\n');
});

test('an iterator whose return() gives no promise is left in peace', async () => {
  const returned = deferred();
  const iterator = {
    next: () => new Promise<never>(() => {}),
    return() {
      returned.resolve();
      return { value: undefined, done: true };
    },
  };
  @Controller()
  class ByHand {
    @Get() all() {
      return { [Symbol.asyncIterator]: () => iterator };
    }
  }
  const app = await serve([new ByHand()]);
  const raw = await new Raw(app.port).send(GET('/'));
  await raw.until('event-stream');
  raw.socket.destroy();
  await returned.promise;
  await app.event('http-request');
  expect(app.of('http-failed')).toEqual([]);
});
