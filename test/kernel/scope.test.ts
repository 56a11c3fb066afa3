import { getMaxListeners } from 'node:events';
import { Deadline } from '../../src/kernel/deadline.js';
import type { ScopeCloseError } from '../../src/kernel/errors.js';
import { Scope } from '../../src/kernel/scope.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { gate, hear, never, rejection, settle } from './heard.js';

function open(options: object = {}) {
  const clock = new ManualClock();
  const heard = hear(clock);
  return { clock, heard, scope: new Scope('test', { clock, events: heard.events, ...options }) };
}

describe('what a scope owns', () => {
  test('is released strictly in reverse order of acquisition, whatever its kind', async () => {
    const { scope } = open();
    const log: string[] = [];
    scope.addCleanup(() => log.push('first'));
    scope.own({ close: () => log.push('second') });
    scope.fork('third').addCleanup(() => log.push('third'));
    scope.addCleanup(async () => {
      await settle(1);
      log.push('fourth');
    });
    scope.own({ stop: () => log.push('fifth') });
    await scope.close();
    expect(log).toEqual(['fifth', 'fourth', 'third', 'second', 'first']);
    expect(scope.size).toBe(0);
  });

  test('one slow release is awaited before the next begins', async () => {
    const { scope } = open();
    const log: string[] = [];
    const slow = gate();
    scope.addCleanup(() => log.push('earlier'));
    scope.addCleanup(() => slow.promise.then(() => log.push('slow')));
    const closing = scope.close();
    await settle();
    expect(log).toEqual([]);
    slow.open();
    await closing;
    expect(log).toEqual(['slow', 'earlier']);
  });

  test('own() returns the resource itself and finds its own way to close it', async () => {
    const { scope } = open();
    const destroy = jest.fn();
    const resource = { destroy };
    expect(scope.own(resource)).toBe(resource);
    await scope.close();
    expect(destroy).toHaveBeenCalledTimes(1);
  });

  test('a release given back early runs once, and closing does not run it again', async () => {
    const { scope } = open();
    const cleanup = jest.fn();
    const release = scope.addCleanup(cleanup);
    release();
    release();
    expect(scope.size).toBe(0);
    await scope.close();
    release();
    expect(cleanup).toHaveBeenCalledTimes(1);
  });

  test('an early release that fails is reported with its path and reaches nobody else', async () => {
    const { scope, heard } = open();
    scope.addCleanup(() => {
      throw new Error('sync');
    })();
    scope.addCleanup(async () => {
      throw new Error('async');
    })();
    await settle();
    expect(heard.of('release-failed').map(({ error }) => error.message)).toEqual([
      expect.stringMatching(/cleanup .* in scope "test".*failed to close: sync/),
      expect.stringMatching(/failed to close: async/),
    ]);
  });

  test('ten thousand resources close in time that grows with their number, not with its square', async () => {
    const closed: number[] = [];
    const { scope } = open({ births: false });
    for (let i = 0; i < 10_000; i++) scope.addCleanup(() => closed.push(i));
    await scope.close(new Deadline(2_000));
    expect(closed).toHaveLength(10_000);
    expect(closed[0]).toBe(9_999);
    expect(closed.at(-1)).toBe(0);
  });

  test('ten thousand early releases in the worst order leave an empty ledger', async () => {
    const { scope } = open({ births: false });
    const releases = Array.from({ length: 10_000 }, () => scope.addCleanup(() => {}));
    for (const release of releases) release();
    expect(scope.size).toBe(0);
    await scope.close();
  });
});

describe('closing', () => {
  test('happens once: later and re-entrant calls get the same promise', async () => {
    const { scope } = open();
    const cleanup = jest.fn(() => void scope.close());
    scope.addCleanup(cleanup);
    const first = scope.close();
    expect(scope.close()).toBe(first);
    expect(scope[Symbol.asyncDispose]()).toBe(first);
    await first;
    expect(scope.close()).toBe(first);
    expect(cleanup).toHaveBeenCalledTimes(1);
  });

  test('a release that awaits the closing of its own scope is ended by the deadline, by name', async () => {
    const { scope } = open();
    const log: string[] = [];
    scope.addCleanup(() => log.push('rest'));
    scope.addCleanup(function waitsForItself() {
      return scope.close();
    });
    const error = await rejection(scope.close(new Deadline(20)));
    expect(error.message).toContain('"waitsForItself"');
    expect((error.errors?.[0] as { code?: string } | undefined)?.code).toBe('SPECTER_STOP_TIMEOUT');
    expect(log).toEqual(['rest']);
  });

  test('releases that throw, reject or hang keep nothing else open, and come out together by their paths', async () => {
    const { scope } = open();
    const log: string[] = [];
    scope.addCleanup(() => log.push('first'));
    scope.addCleanup(function throws() {
      throw new Error('one');
    });
    scope.addCleanup(() => log.push('second'));
    scope.addCleanup(async function rejects() {
      throw new Error('two');
    });
    scope.addCleanup(() => log.push('third'));
    scope.addCleanup(function hangs() {
      return never;
    });
    scope.addCleanup(() => log.push('fourth'));
    const error = (await rejection(scope.close(new Deadline(30)))) as unknown as ScopeCloseError;
    expect(log).toEqual(['fourth', 'third', 'second', 'first']);
    expect(error.code).toBe('SPECTER_RELEASE_FAILED');
    expect(error.errors.map(({ message }: Error) => message)).toEqual([
      expect.stringMatching(/cleanup "hangs" in scope "test".*within 30 ms/),
      expect.stringMatching(/cleanup "rejects" in scope "test".*two/),
      expect.stringMatching(/cleanup "throws" in scope "test".*one/),
    ]);
    for (const name of ['hangs', 'rejects', 'throws']) expect(error.message).toContain(name);
  });

  test('a failure says in which file it was acquired', async () => {
    const { scope } = open();
    scope.addCleanup(() => {
      throw new Error('broken');
    });
    const error = await rejection(scope.close());
    expect(error.message).toMatch(/scope\.test\.ts:\d+/);
  });

  test('failures of forked scopes come out with their own path, not wrapped twice', async () => {
    const { scope } = open();
    scope
      .fork('inner')
      .fork('innermost')
      .addCleanup(() => {
        throw new Error('deep');
      });
    const error = await rejection(scope.close());
    expect(error.errors).toHaveLength(1);
    expect(error.errors?.[0]?.message).toContain('in scope "test/inner/innermost"');
  });

  test('anything may be thrown: a string, undefined, an object', async () => {
    const { scope } = open();
    for (const thrown of ['text', undefined, { toString: () => 'never called' }]) {
      scope.addCleanup(() => {
        throw thrown;
      });
    }
    const error = await rejection(scope.close());
    expect(error.errors).toHaveLength(3);
  });

  test('the signal is aborted before the first release runs', async () => {
    const { scope } = open();
    let seen: boolean | undefined;
    scope.addCleanup(() => {
      seen = scope.signal.aborted;
    });
    expect(scope.signal.aborted).toBe(false);
    await scope.close();
    expect(seen).toBe(true);
  });

  test('quiesce comes before every release: timers are cancelled and tasks awaited while resources are still open', async () => {
    const { scope, clock } = open();
    const log: string[] = [];
    scope.addCleanup(() => log.push('resource closed'));
    scope.spawn(async (signal) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      log.push('task ended');
    });
    scope.interval(() => log.push('tick'), 10);
    scope.addCleanup(() => log.push('later resource closed'));
    await settle();
    await scope.close();
    await clock.advance(100);
    expect(log).toEqual(['task ended', 'later resource closed', 'resource closed']);
  });

  test('a first pass that throws does not keep the second from running', async () => {
    const { scope } = open();
    const release = jest.fn();
    const cleanup = jest.fn();
    scope.addCleanup(cleanup);
    scope.hold({
      kind: 'resource',
      label: 'door',
      release,
      quiesce: () => {
        throw new Error('stuck');
      },
    });
    const error = await rejection(scope.close());
    expect(error.message).toContain('stuck');
    expect(release).toHaveBeenCalledTimes(1);
    expect(cleanup).toHaveBeenCalledTimes(1);
  });

  test('what is released differently from how it is quieted goes through both passes, in this order', async () => {
    const { scope } = open();
    const log: string[] = [];
    scope.addCleanup(() => log.push('earlier'));
    scope.hold({
      kind: 'resource',
      label: 'door',
      release: () => log.push('cut'),
      quiesce: () => void log.push('shut'),
    });
    scope.addCleanup(() => log.push('later'));
    await scope.close();
    expect(log).toEqual(['shut', 'later', 'cut', 'earlier']);
  });

  test('a task that ignores its signal costs the deadline, is named, and the rest is released', async () => {
    const { scope } = open();
    const cleanup = jest.fn();
    scope.addCleanup(cleanup);
    scope.spawn(() => never, { label: 'deaf' });
    await settle();
    const error = await rejection(scope.close(new Deadline(20)));
    expect(error.errors).toHaveLength(1);
    expect(error.message).toContain('task "deaf"');
    expect(cleanup).toHaveBeenCalledTimes(1);
  });
});

test('tasks that ignore their signal cost one deadline together, and each is named', async () => {
  const { scope } = open();
  for (const label of ['one', 'two', 'three']) scope.spawn(() => never, { label });
  scope.spawn(() => Promise.reject(new Error('told elsewhere')), { label: 'good' });
  await settle();
  const error = await rejection(scope.close(new Deadline(20)));
  expect(error.errors?.map(({ message }) => /task "(\w+)"/.exec(message)?.[1])).toEqual(['three', 'two', 'one']);
});

describe('something added too late', () => {
  test('is released at once and refused', async () => {
    const { scope } = open();
    await scope.close();
    const close = jest.fn();
    expect(() => scope.own({ close })).toThrow(expect.objectContaining({ code: 'SPECTER_SCOPE_CLOSED' }));
    expect(close).toHaveBeenCalledTimes(1);
    expect(scope.size).toBe(0);
  });

  test('is refused from the very call of close(), before anything has run', async () => {
    const { scope } = open();
    const closing = scope.close();
    const late = jest.fn();
    expect(() => scope.addCleanup(late)).toThrow('too late');
    expect(late).toHaveBeenCalledTimes(1);
    await closing;
  });

  test('from within a release is refused without disturbing the closing', async () => {
    const { scope } = open();
    const log: string[] = [];
    scope.addCleanup(() => log.push('rest'));
    scope.addCleanup(() => {
      scope.addCleanup(() => log.push('late'));
    });
    const error = await rejection(scope.close());
    expect(error.message).toContain('too late');
    expect(log).toEqual(['late', 'rest']);
  });

  test('is reported when even its release fails', async () => {
    const { scope, heard } = open();
    await scope.close();
    expect(() => scope.own({ close: () => Promise.reject(new Error('stubborn')) })).toThrow('too late');
    await settle();
    expect(heard.of('release-failed')[0]?.error.message).toContain('stubborn');
  });

  test('timers and tasks of a closed scope are refused and leave no timer behind', async () => {
    const { scope, clock } = open();
    await scope.close();
    const work = jest.fn();
    for (const begin of [() => scope.interval(work, 1), () => scope.timeout(work, 1), () => scope.spawn(work)]) {
      expect(begin).toThrow(expect.objectContaining({ code: 'SPECTER_NOT_RUNNING' }));
    }
    await clock.advance(10);
    expect(clock.pending).toBe(0);
    expect(work).not.toHaveBeenCalled();
  });

  test('a fork of a closed scope is refused', async () => {
    const { scope } = open();
    await scope.close();
    expect(() => scope.fork('late')).toThrow(expect.objectContaining({ code: 'SPECTER_SCOPE_CLOSED' }));
  });
});

describe('a fork', () => {
  test('that closes early leaves no entry in its parent', async () => {
    const { scope } = open();
    for (let i = 0; i < 1_000; i++) {
      const child = scope.fork(`request ${i}`);
      child.addCleanup(() => {});
      await child.close();
    }
    expect(scope.size).toBe(0);
    expect(scope.tree()).toEqual([]);
  });

  test('that closes early with a failure leaves no entry either', async () => {
    const { scope } = open();
    const child = scope.fork('child');
    child.addCleanup(() => {
      throw new Error('no');
    });
    await rejection(child.close());
    expect(scope.size).toBe(0);
    await scope.close();
  });

  test('closes with its parent, sharing its deadline', async () => {
    const { scope } = open();
    const child = scope.fork('child');
    child.addCleanup(function hangs() {
      return never;
    });
    const error = await rejection(scope.close(new Deadline(20)));
    expect(error.message).toContain('within 20 ms');
    expect(child.closing).toBe(true);
    expect(child.signal.aborted).toBe(true);
  });

  test('that is closing already is waited for by its parent', async () => {
    const { scope } = open();
    const child = scope.fork('child');
    const slow = gate();
    const log: string[] = [];
    child.addCleanup(() => slow.promise.then(() => log.push('child')));
    const first = child.close();
    const closing = scope.close().then(() => log.push('parent'));
    await settle();
    slow.open();
    await Promise.all([first, closing]);
    expect(log).toEqual(['child', 'parent']);
  });

  test('is aborted ahead of closing with its parent, and so are its own forks and tasks', () => {
    const { scope } = open();
    const inner = scope.fork('outer').fork('inner');
    const task = inner.spawn(() => never);
    const reason = new Error('a sibling failed');
    scope.abort(reason);
    expect([inner.signal.reason, task.signal.reason]).toEqual([reason, reason]);
  });

  // Teeth: without a first pass of its own the interval ticks on, and the signal stays, until the parent's task has ended.
  test('comes to rest with its parent: while that waits for its work, nothing ticks and every signal is aborted', async () => {
    const { scope, clock } = open();
    const slow = gate();
    scope.spawn(() => slow.promise);
    const inner = scope.fork('outer').fork('inner');
    let ticks = 0;
    inner.interval(() => ticks++, 10);
    const resource = { closed: 0, close: () => resource.closed++ };
    inner.own(resource);
    const closing = scope.close();
    await clock.advance(100);
    expect({ ticks, aborted: inner.signal.aborted, closed: resource.closed }).toEqual({
      ticks: 0,
      aborted: true,
      closed: 0,
    });
    slow.open();
    await closing;
    expect(resource.closed).toBe(1);
  });

  test('work of a fork that does not end in time is told once, by its own path', async () => {
    const { scope } = open();
    scope
      .fork('outer')
      .fork('inner')
      .spawn(() => never, { label: 'deaf' });
    const error = (await rejection(scope.close(new Deadline(20)))) as ScopeCloseError;
    expect((error.errors as Error[]).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^task "deaf" in scope "test\/outer\/inner".* did not finish within 20 ms/),
    ]);
  });

  test('does no work while its parent may not, so nothing begins before the start by way of a fork', () => {
    const { scope } = open({ staged: true });
    const fork = scope.fork('early');
    expect(() => fork.interval(() => {}, 1)).toThrow(expect.objectContaining({ code: 'SPECTER_NOT_RUNNING' }));
    scope.stage('run');
    fork.interval(() => {}, 1)();
    scope.current.seal();
    expect(() => fork.spawn(() => {})).toThrow(expect.objectContaining({ code: 'SPECTER_NOT_RUNNING' }));
  });
});

describe('a stage', () => {
  test('takes everything from then on; closing it leaves what came before', async () => {
    const { scope } = open({ staged: true });
    const log: string[] = [];
    scope.addCleanup(() => log.push('instance'));
    scope.stage('run');
    const run = scope.current;
    scope.addCleanup(() => log.push('run'));
    await run.close();
    expect(log).toEqual(['run']);
    expect(scope.size).toBe(1);
    expect(() => scope.addCleanup(() => {})).toThrow('too late');
    scope.stage('run');
    scope.addCleanup(() => log.push('second run'));
    await scope.close();
    expect(log).toEqual(['run', 'second run', 'instance']);
  });

  test('in which nothing was acquired is never opened, and behaves as closed once it has been', async () => {
    const { scope } = open({ staged: true });
    scope.stage('run');
    expect([scope.size, scope.tree()]).toEqual([0, []]);
    await scope.closeStage(new Deadline(1_000));
    expect(scope.signal.aborted).toBe(true);
    const late = jest.fn();
    expect(() => scope.addCleanup(late)).toThrow('too late');
    expect(late).toHaveBeenCalledTimes(1);
    expect(() => scope.spawn(() => {})).toThrow(expect.objectContaining({ code: 'SPECTER_NOT_RUNNING' }));
    expect(scope.size).toBe(0);
    scope.stage('run');
    expect(scope.signal.aborted).toBe(false);
  });

  test('that is opened only after it was sealed takes things, but no work', () => {
    const { scope } = open({ staged: true });
    scope.stage('run');
    scope.seal();
    expect(() => scope.timeout(() => {}, 1)).toThrow(expect.objectContaining({ code: 'SPECTER_NOT_RUNNING' }));
    scope.addCleanup(() => {});
    expect(scope.current.size).toBe(1);
  });

  test('its signal is the signal of the scope, and a new stage has a new one', async () => {
    const { scope } = open({ staged: true });
    scope.stage('run');
    const run = scope.current;
    const first = scope.signal;
    expect(first).toBe(run.signal);
    await run.close();
    expect(first.aborted).toBe(true);
    scope.stage('run');
    expect(scope.signal.aborted).toBe(false);
  });
});

describe('the tree', () => {
  test('names every kind of entry with its birthplace, and follows forks', async () => {
    const { scope } = open();
    scope.own({ close() {} });
    scope.interval(() => {}, 5);
    scope.spawn(() => never, { label: 'worker' });
    scope.fork('inner').addCleanup(function sweep() {});
    const tree = scope.tree();
    expect(tree.map(({ kind, label }) => `${kind} ${label}`)).toEqual([
      'resource Object',
      'timer interval of 5 ms',
      'task worker',
      'scope inner',
    ]);
    expect(tree[0]?.birth).toMatch(/scope\.test\.ts:\d+:\d+$/);
    expect(tree[3]?.children.map(({ label }) => label)).toEqual(['sweep']);
    await rejection(scope.close(new Deadline(10)));
  });

  test('holds no birthplaces when they are switched off', () => {
    const { scope } = open({ births: false });
    scope.addCleanup(() => {});
    expect(scope.tree()[0]).not.toHaveProperty('birth');
  });
});

// Teeth: a plain new AbortController() fails this test (tried).
test('its signal takes any number of waits: Node does not warn of a leak after ten', async () => {
  const { scope } = open();
  expect(getMaxListeners(scope.signal)).toBe(Number.POSITIVE_INFINITY);
  expect(getMaxListeners(scope.spawn(() => {}).signal)).toBe(Number.POSITIVE_INFINITY);
  await scope.close();
});
