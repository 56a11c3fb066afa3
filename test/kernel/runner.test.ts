import type { LifecycleEvent } from '../../src/kernel/events.js';
import { type Hooks, Runner, type RunnerOptions } from '../../src/kernel/runner.js';
import { type Gate, gate, never, rejection, settle, surround } from './heard.js';

function make(hooks: Hooks = {}, options: RunnerOptions = { startTimeout: 1_000, stopTimeout: 1_000 }) {
  const around = surround();
  const runner = new Runner('unit', around, options);
  runner.bind({}, hooks);
  return { around, runner, types: () => around.log.map(({ type }) => type) };
}

/** Hooks that write down what they do, and wait for gates. */
function logged(gates: { start?: Gate; stop?: Gate } = {}): { log: string[]; hooks: Hooks } {
  const log: string[] = [];
  const hook = (name: 'start' | 'stop') => async () => {
    log.push(`${name} begins`);
    await gates[name]?.promise;
    log.push(`${name} ends`);
  };
  return { log, hooks: { onStart: hook('start'), onStop: hook('stop') } };
}

describe('start and stop', () => {
  test('go through starting, running, stopping and stopped, and tell each', async () => {
    const { runner, types } = make();
    const phases = [runner.phase];
    const starting = runner.start();
    await settle();
    await starting;
    phases.push(runner.phase);
    await runner.stop();
    phases.push(runner.phase);
    expect(phases).toEqual(['stopped', 'running', 'stopped']);
    expect(types()).toEqual(['starting', 'started', 'stopping', 'stopped']);
  });

  test('are idempotent: a running one is not started again, a stopped one not stopped again', async () => {
    const { log, hooks } = logged();
    const { runner } = make(hooks);
    await runner.stop();
    await runner.start();
    await runner.start();
    await runner.stop();
    await runner.stop();
    expect(log).toEqual(['start begins', 'start ends', 'stop begins', 'stop ends']);
  });

  test('concurrent starts share one, concurrent stops too', async () => {
    const gates = { start: gate(), stop: gate() };
    const { log, hooks } = logged(gates);
    const { runner } = make(hooks);
    const starts = [runner.start(), runner.start(), runner.start()];
    expect(starts[1]).toBe(starts[0]);
    gates.start.open();
    await Promise.all(starts);
    const stops = [runner.stop(), runner.stop()];
    expect(stops[1]).toBe(stops[0]);
    gates.stop.open();
    await Promise.all(stops);
    expect(log).toEqual(['start begins', 'start ends', 'stop begins', 'stop ends']);
  });

  test('a start during a stop waits for it and begins clean', async () => {
    const gates = { stop: gate() };
    const { log, hooks } = logged(gates);
    const { runner } = make(hooks);
    await runner.start();
    const stopping = runner.stop();
    const starting = runner.start();
    await settle();
    expect(log).toEqual(['start begins', 'start ends', 'stop begins']);
    gates.stop.open();
    await Promise.all([stopping, starting]);
    expect(runner.phase).toBe('running');
    expect(log.slice(3)).toEqual(['stop ends', 'start begins', 'start ends']);
  });

  test('a stop during that start wins again', async () => {
    const gates = { stop: gate() };
    const { log, hooks } = logged(gates);
    const { runner } = make(hooks);
    await runner.start();
    const stops = [runner.stop()];
    const starting = rejection(runner.start());
    stops.push(runner.stop());
    gates.stop.open();
    expect(await starting).toMatchObject({ code: 'SPECTER_START_ABORTED' });
    await Promise.all(stops);
    expect(runner.phase).toBe('stopped');
    expect(log.filter((line) => line === 'start begins')).toHaveLength(1);
  });
});

describe('a stop during a start', () => {
  test('wins: the start is aborted and rejected, everything is released', async () => {
    const { runner, types } = make({
      onStart: () => runner.environment.clock.sleep(60_000, { signal: runner.scope.signal }),
    });
    const cleanup = jest.fn();
    const starting = rejection(runner.start());
    await settle();
    runner.scope.addCleanup(cleanup);
    await runner.stop();
    expect(await starting).toMatchObject({ code: 'SPECTER_START_ABORTED' });
    expect(runner.phase).toBe('stopped');
    expect(cleanup).toHaveBeenCalledTimes(1);
    expect(types()).toEqual(['starting', 'start-failed']);
  });

  test('in the same instant wins before any hook has run', async () => {
    const { log, hooks } = logged();
    const { runner } = make(hooks);
    const starting = rejection(runner.start());
    await runner.stop();
    expect(await starting).toMatchObject({ code: 'SPECTER_START_ABORTED' });
    expect(log).toEqual([]);
    expect(runner.phase).toBe('stopped');
  });

  test('waits for the aborted onStart and calls onStop only when that came to its end', async () => {
    const start = gate();
    const { log, hooks } = logged({ start });
    const { runner } = make(hooks);
    const starting = rejection(runner.start());
    await settle();
    const stopping = runner.stop().then(() => log.push('stopped'));
    await settle();
    expect(log).toEqual(['start begins']);
    start.open();
    await Promise.all([starting, stopping]);
    expect(log).toEqual(['start begins', 'start ends', 'stop begins', 'stop ends', 'stopped']);
  });

  test('asked for at any number of turns after the start always ends stopped, with balanced hooks', async () => {
    for (let turns = 0; turns < 30; turns++) {
      const { log, hooks } = logged();
      const { runner } = make(hooks);
      const starting = runner.start().catch(() => {});
      for (let i = 0; i < turns; i++) await Promise.resolve();
      await runner.stop();
      await starting;
      expect(runner.phase).toBe('stopped');
      const count = (line: string) => log.filter((entry) => entry === line).length;
      expect(count('stop ends')).toBe(count('start ends'));
    }
  });
});

describe('a start that fails', () => {
  test('releases what it had opened in reverse, does not call onStop, and rejects with the original error', async () => {
    const log: string[] = [];
    const original = new Error('no tuner');
    const { runner } = make({
      onStart: () => {
        runner.scope.addCleanup(() => log.push('first'));
        runner.scope.addCleanup(() => log.push('second'));
        runner.scope.interval(() => log.push('tick'), 1);
        throw original;
      },
      onStop: () => log.push('onStop'),
    });
    runner.scope.addCleanup(() => log.push('instance'));
    expect(await rejection(runner.start())).toBe(original);
    expect(log).toEqual(['second', 'first']);
    expect(runner.phase).toBe('stopped');
    expect((runner.environment.clock as { pending?: number }).pending).toBe(0);
    await runner.dispose();
    expect(log).toEqual(['second', 'first', 'instance']);
  });

  test('whose releases fail as well keeps the original error and reports the others', async () => {
    const { runner, around } = make({
      onStart: () => {
        runner.scope.addCleanup(() => {
          throw new Error('cannot close');
        });
        throw new Error('cannot open');
      },
    });
    expect((await rejection(runner.start())).message).toBe('cannot open');
    expect(around.of('release-failed')[0]?.error.message).toContain('cannot close');
  });

  test('has its own fresh deadline for the releases, though the start used up all of its time', async () => {
    const closed = jest.fn();
    const { runner } = make(
      {
        onStart: () => {
          runner.scope.addCleanup(closed);
          runner.scope.addCleanup(() => settle(3));
          return runner.environment.clock.sleep(60_000, { signal: runner.scope.signal });
        },
      },
      { startTimeout: 10, stopTimeout: 5_000 },
    );
    expect(await rejection(runner.start())).toMatchObject({ code: 'SPECTER_START_TIMEOUT' });
    expect(closed).toHaveBeenCalledTimes(1);
  });

  test('can be started again, clean', async () => {
    let attempts = 0;
    const { runner } = make({
      onStart: () => {
        runner.scope.addCleanup(() => {});
        if (++attempts === 1) throw new Error('first time');
      },
    });
    await rejection(runner.start());
    await runner.start();
    expect(runner.phase).toBe('running');
    expect(runner.scope.current.size).toBe(1);
  });

  test('by an attachment calls onStop, since onStart had come to its end', async () => {
    const { log, hooks } = logged();
    const { runner } = make(hooks);
    runner.attach(() => Promise.reject(new Error('port taken')));
    expect((await rejection(runner.start())).message).toBe('port taken');
    expect(log).toEqual(['start begins', 'start ends', 'stop begins', 'stop ends']);
  });
});

describe('a start that hangs', () => {
  test('is ended by startTimeout; the error names who waited for what', async () => {
    const { runner } = make(
      {
        onStart: () =>
          runner.environment.registry.waitFor('the tuner', { owner: runner.scope, signal: runner.scope.signal }),
      },
      { startTimeout: 20, stopTimeout: 1_000 },
    );
    const error = await rejection(runner.start());
    expect(error).toMatchObject({ code: 'SPECTER_START_TIMEOUT' });
    expect(error.message).toMatch(/unit did not start within 20 ms; it was waiting for the tuner/);
  });

  test('and waits for nothing that is known is told with what it has open', async () => {
    const onStart = () => {
      runner.scope.own({ close: () => {} });
      return never;
    };
    const { runner } = make({ onStart }, { startTimeout: 10, stopTimeout: 10 });
    expect((await rejection(runner.start())).message).toContain('within 10 ms; it has open: resource "Object".');
  });

  test('and ignores its abort is left behind and reported by name, so that a stop ends', async () => {
    const { runner, around } = make({ onStart: () => never }, { startTimeout: 10, stopTimeout: 20 });
    expect(await rejection(runner.start())).toMatchObject({ code: 'SPECTER_START_TIMEOUT' });
    const { error } = around.of('release-failed')[0] ?? {};
    expect(error).toMatchObject({ code: 'SPECTER_STOP_TIMEOUT' });
    expect(error?.message).toBe(
      'unit.onStart() ignored its aborted signal for 20 ms and was left behind. Pass this.signal to what it awaits.',
    );
    expect(runner.phase).toBe('stopped');
    expect(runner.overran).toEqual(['unit.onStart(), after 20 ms']);
  });

  // Teeth: told after the patience for its abort, it would come beside the line that it ignored that.
  test('is told at its deadline, before it has ended or was left behind', async () => {
    let told: LifecycleEvent<'start-late'> | undefined;
    const { runner, around } = make(
      {
        onStart: () =>
          new Promise<void>((resolve) =>
            around.events.on('start-late', (late) => {
              told = late;
              resolve();
            }),
          ),
      },
      { startTimeout: 10, stopTimeout: 10_000 },
    );
    await rejection(runner.start());
    expect(around.events.wordingOf(told as LifecycleEvent)).toEqual({
      level: 'warn',
      text: 'unit did not start within 10 ms; its signal is aborted, and it has 10000 ms more to end',
    });
    expect(around.of('release-failed')).toEqual([]);
  });

  test('is told of long before its deadline, once, and a quick one never', async () => {
    const { runner, around } = make(
      { onStart: () => new Promise<void>((resolve) => around.events.on('start-slow', () => resolve())) },
      { startTimeout: 3_000 },
    );
    await runner.start();
    const [slow, ...more] = around.of('start-slow');
    expect(more).toEqual([]);
    expect(around.events.wordingOf(slow as LifecycleEvent)).toEqual({
      level: 'warn',
      text: 'Still starting: unit (1 s, at most 3 s)',
    });
    const quick = make({ onStart: () => settle() }, { startTimeout: 3_000 });
    await quick.runner.start();
    expect(quick.around.of('start-slow')).toEqual([]);
  });

  test('and opens something after the rollback: it is released at once and refused', async () => {
    const late = gate();
    const close = jest.fn();
    let refused: unknown;
    const { runner } = make(
      {
        onStart: async () => {
          await late.promise;
          try {
            runner.scope.own({ close });
          } catch (thrown) {
            refused = thrown;
          }
        },
      },
      { startTimeout: 10, stopTimeout: 10 },
    );
    await rejection(runner.start());
    late.open();
    await settle();
    expect(close).toHaveBeenCalledTimes(1);
    expect(refused).toMatchObject({ code: 'SPECTER_SCOPE_CLOSED' });
    expect(runner.scope.size).toBe(0);
  });

  test('and fails after it was given up is no unhandled rejection', async () => {
    const late = gate();
    const { runner } = make({ onStart: () => late.promise }, { startTimeout: 10, stopTimeout: 10 });
    await rejection(runner.start());
    late.break(new Error('too late'));
    await settle();
  });
});

describe('a stop', () => {
  test('resolves even when onStop throws and a release fails; both are reported and told with the end', async () => {
    const log: string[] = [];
    const { runner, around } = make({
      onStart: () => {
        runner.scope.addCleanup(() => log.push('released'));
        runner.scope.addCleanup(() => {
          throw new Error('release');
        });
      },
      onStop: () => {
        throw new Error('hook');
      },
    });
    await runner.start();
    await runner.stop();
    expect(log).toEqual(['released']);
    expect(around.of('release-failed').map(({ error }) => error.message)).toEqual([
      'hook',
      expect.stringContaining('release'),
    ]);
    expect(around.of('stopped')[0]?.failures).toHaveLength(2);
  });

  test('with a hung onStop costs its deadline, and releasing gets a fresh one', async () => {
    const released = jest.fn();
    const { runner, around } = make(
      {
        onStart: () => {
          runner.scope.addCleanup(() => settle(2).then(released));
        },
        onStop: () => never,
      },
      { startTimeout: 1_000, stopTimeout: 30 },
    );
    await runner.start();
    await runner.stop();
    expect(released).toHaveBeenCalledTimes(1);
    expect(around.of('release-failed')).toHaveLength(1);
    expect(around.of('release-failed')[0]?.error.message).toMatch(/unit\.onStop\(\) did not finish within 30 ms/);
  });

  test('takes no new work while onStop runs, but lets what runs go on', async () => {
    const ticks = jest.fn();
    const refused: unknown[] = [];
    const { runner, around } = make({
      onStart: () => {
        runner.scope.interval(ticks, 10);
      },
      onStop: async () => {
        for (const begin of [() => runner.scope.spawn(() => {}), () => runner.scope.timeout(() => {}, 1)]) {
          try {
            begin();
          } catch (thrown) {
            refused.push(thrown);
          }
        }
        await around.clock.advance(25);
      },
    });
    await runner.start();
    await runner.stop();
    expect(refused).toEqual(Array(2).fill(expect.objectContaining({ code: 'SPECTER_NOT_RUNNING' })));
    expect(ticks).toHaveBeenCalledTimes(2);
    expect(around.clock.pending).toBe(0);
  });

  test('aborts the signal only after onStop, which may still finish its work', async () => {
    let inHook: boolean | undefined;
    const { runner } = make({
      onStop: () => {
        inHook = runner.scope.signal.aborted;
      },
    });
    await runner.start();
    const { signal } = runner.scope;
    await runner.stop();
    expect([inHook, signal.aborted]).toEqual([false, true]);
  });
});

describe('a start at once', () => {
  test('is over without a promise when there is nothing to wait for', async () => {
    const { runner, types } = make({ onStart: () => {} });
    expect(runner.startNow()).toBeUndefined();
    expect([runner.phase, ...types()]).toEqual(['running', 'starting', 'started']);
    await runner.startNow();
    expect(types()).toEqual(['starting', 'started']);
    await runner.stop();
    expect(runner.startNow()).toBeUndefined();
    expect(runner.phase).toBe('running');
  });

  test('gives the promise of a start that takes time, which further starts share', async () => {
    const start = gate();
    const { runner } = make({ onStart: () => start.promise });
    const starting = runner.startNow();
    expect([runner.start(), runner.startNow()]).toEqual([starting, starting]);
    start.open();
    await starting;
    expect(runner.phase).toBe('running');
  });

  test('that throws is rejected once everything has been released', async () => {
    const log: string[] = [];
    const { runner } = make({
      onStart: () => {
        runner.scope.addCleanup(() => settle(2).then(() => log.push('released')));
        throw new Error('no tuner');
      },
    });
    expect((await rejection(runner.startNow() as Promise<void>)).message).toBe('no tuner');
    expect([runner.phase, ...log]).toEqual(['stopped', 'released']);
  });

  test('that is stopped by its own onStart is aborted, and the stop waits for its end', async () => {
    const log: string[] = [];
    let stopping: Promise<void> | undefined;
    const { runner } = make({
      onStart: () => {
        runner.scope.addCleanup(() => log.push('released'));
        stopping = runner.stop().then(() => void log.push(`stopped, ${runner.phase}`));
      },
    });
    expect(await rejection(runner.startNow() as Promise<void>)).toMatchObject({ code: 'SPECTER_START_ABORTED' });
    await stopping;
    expect(log).toEqual(['released', 'stopped, stopped']);
  });

  test('after the end is refused like any other', async () => {
    const { runner } = make();
    await runner.dispose();
    expect(await rejection(runner.startNow() as Promise<void>)).toMatchObject({ code: 'SPECTER_SCOPE_CLOSED' });
  });
});

describe('two scopes', () => {
  test('what was acquired before the start outlives every run; what a run acquired ends with it', async () => {
    const log: string[] = [];
    let run = 0;
    const { runner } = make({
      onStart: () => {
        const number = ++run;
        runner.scope.addCleanup(() => log.push(`run ${number}`));
      },
    });
    runner.scope.addCleanup(() => log.push('instance'));
    await runner.start();
    await runner.stop();
    await runner.start();
    expect(log).toEqual(['run 1']);
    await runner.dispose();
    expect(log).toEqual(['run 1', 'run 2', 'instance']);
  });

  test('timers, tasks and listeners before the first start are refused, with what to do', () => {
    const { runner, around } = make();
    expect(() => runner.scope.interval(() => {}, 1)).toThrow(
      /unit cannot start an interval: it is not started\. Do it in onStart\(\)/,
    );
    expect(() => runner.scope.spawn(() => {})).toThrow('cannot spawn a task');
    expect(runner.scope.size + around.clock.pending).toBe(0);
  });

  test('a restarted run begins with a new signal', async () => {
    const { runner } = make();
    await runner.start();
    const { signal } = runner.scope;
    await runner.stop();
    await runner.start();
    expect(signal.aborted).toBe(true);
    expect(runner.scope.signal.aborted).toBe(false);
  });

  test('a hundred restarts leave nothing in the ledger', async () => {
    const { runner, around } = make({
      onStart: () => {
        runner.scope.addCleanup(() => {});
        runner.scope.interval(() => {}, 10);
      },
    });
    for (let i = 0; i < 100; i++) {
      await runner.start();
      await runner.stop();
    }
    expect(runner.scope.size).toBe(0);
    expect(around.clock.pending).toBe(0);
  });
});

describe('dispose', () => {
  test('stops, releases the instance, and is the same promise when asked again', async () => {
    const { runner, around } = make();
    runner.scope.addCleanup(() => {
      throw new Error('once');
    });
    const told: string[] = [];
    runner.keeper = {
      holds: true,
      starting: () => void told.push('starting'),
      stopped: () => void told.push('stopped'),
      disposed: () => void told.push('disposed'),
    };
    await runner.start();
    const first = runner.dispose();
    expect(runner.dispose()).toBe(first);
    await first;
    expect(around.of('release-failed')).toHaveLength(1);
    expect(told).toEqual(['starting', 'stopped', 'disposed']);
  });

  test('ends it for good: it does not start again', async () => {
    const { runner } = make();
    await runner.dispose();
    expect(await rejection(runner.start())).toMatchObject({ code: 'SPECTER_SCOPE_CLOSED' });
    expect(runner.phase).toBe('stopped');
  });

  test('of what never started calls no hook', async () => {
    const { log, hooks } = logged();
    const { runner } = make(hooks);
    await runner.dispose();
    expect(log).toEqual([]);
  });
});

test('fail() is told, remembered until the next start, and handed on', async () => {
  const { runner, around } = make();
  const onFailure = jest.fn();
  runner.onFailure = onFailure;
  await runner.start();
  const error = new Error('tuner lost');
  runner.fail(error);
  expect(around.of('failed')[0]).toMatchObject({ service: 'unit', error });
  expect(onFailure).toHaveBeenCalledWith(error);
  expect(runner.failure).toBe(error);
  await runner.stop();
  await runner.start();
  expect(runner.failure).toBeUndefined();
});

// T8, small: any interleaving of starts and stops is serialised; hooks strictly alternate.
// Teeth: a #start that does not await #stopping fails this test (tried).
test('ten tasks that start and stop fifty times each never overlap two hooks', async () => {
  const log: string[] = [];
  const { runner, around } = make({
    onStart: async () => {
      log.push('start');
      runner.scope.interval(() => {}, 5);
      await settle(1);
      log.push('started');
    },
    onStop: async () => {
      log.push('stop');
      await settle(1);
      log.push('stopped');
    },
  });
  let seed = 42;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const hammer = async () => {
    for (let i = 0; i < 50; i++) {
      const act = random() < 0.5 ? runner.start() : runner.stop();
      if (random() < 0.5) await act.catch(() => {});
      else act.catch(() => {});
      await settle(Math.floor(random() * 4));
    }
  };
  await Promise.all(Array.from({ length: 10 }, hammer));
  await runner.stop();
  expect(log.length).toBeGreaterThan(100);
  for (let i = 0; i < log.length; i += 4) expect(log.slice(i, i + 4)).toEqual(['start', 'started', 'stop', 'stopped']);
  expect(runner.phase).toBe('stopped');
  expect(runner.scope.size + around.clock.pending).toBe(0);
});
