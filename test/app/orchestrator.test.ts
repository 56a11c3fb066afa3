import { Service } from '../../src/app/service.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import type { Class } from '../../src/kernel/token.js';
import { gate, never, rejection, settle } from '../kernel/heard.js';
import { boot, bootError, named, prepare } from './boot.js';

interface Says {
  start?: () => unknown;
  stop?: () => unknown;
  needs?: readonly Class[];
  startTimeout?: number;
  stopTimeout?: number;
}

/** A service that writes down its hooks, and does in them what it is told. */
function service(name: string, log: string[], { start, stop, needs = [], ...timeouts }: Says = {}): Class<Lifecycle> {
  class Recorded extends Lifecycle {
    protected override async onStart() {
      log.push(`${name} starts`);
      await start?.call(this);
      log.push(`${name} started`);
    }
    protected override async onStop() {
      log.push(`${name} stops`);
      await stop?.call(this);
      log.push(`${name} stopped`);
    }
  }
  Service({ name, dependsOn: needs, ...timeouts })(Recorded);
  return named(name, Recorded);
}

describe('the start', () => {
  test('lets independent branches start side by side, each as soon as all it needs has started', async () => {
    const log: string[] = [];
    const slow = gate();
    const A = service('A', log, { start: () => slow.promise });
    const B = service('B', log);
    const OnB = service('OnB', log, { needs: [B] });
    const OnBoth = service('OnBoth', log, { needs: [A, OnB] });
    const { engine } = prepare([OnBoth, OnB, A, B]);
    const starting = engine.start();
    await settle();
    expect(log).toEqual(expect.arrayContaining(['A starts', 'B started', 'OnB started']));
    expect(log).not.toContain('OnBoth starts');
    slow.open();
    await starting;
    expect(log.at(-1)).toBe('OnBoth started');
    await engine.stop();
    expect(log.indexOf('OnBoth stopped')).toBeLessThan(log.indexOf('A stops'));
    expect(log.indexOf('OnB stopped')).toBeLessThan(log.indexOf('B stops'));
  });

  test('the stop waits for every dependent before it reaches a service', async () => {
    const log: string[] = [];
    const slow = gate();
    const Base = service('Base', log);
    const Quick = service('Quick', log, { needs: [Base] });
    const Slow = service('Slow', log, { needs: [Base], stop: () => slow.promise });
    const { engine } = await boot([Base, Quick, Slow]);
    const stopping = engine.stop();
    await settle();
    expect(log).toContain('Quick stopped');
    expect(log).not.toContain('Base stops');
    slow.open();
    await stopping;
    expect(log.at(-1)).toBe('Base stopped');
  });
});

describe('a service that fails to start', () => {
  test('ends the boot: error, cause and rollback are named, siblings are aborted and awaited, what started is stopped in reverse', async () => {
    const log: string[] = [];
    const Base = service('Base', log);
    const Middle = service('Middle', log, { needs: [Base] });
    const siblingEnds = gate();
    const Sibling = service('Sibling', log, {
      needs: [Base],
      async start(this: Lifecycle) {
        await new Promise<void>((resolve) => this.signal.addEventListener('abort', () => resolve()));
        log.push(`Sibling aborted: ${(this.signal.reason as Error).message}`);
        await siblingEnds.promise;
      },
    } as Says);
    const Failing = service('Failing', log, {
      needs: [Middle],
      start: () => {
        throw new Error('no tuner');
      },
    });
    const Never = service('Never', log, { needs: [Failing] });
    const { engine, of } = prepare([Never, Failing, Sibling, Middle, Base]);
    const starting = rejection(engine.start());
    await settle(10);
    expect(log).toContain('Sibling aborted: Sibling did not finish starting: Failing failed.');
    expect(log).not.toContain('Middle stops');
    siblingEnds.open();
    const error = await starting;
    expect(error).toMatchObject({
      code: 'SPECTER_START_FAILED',
      service: 'Failing',
      cause: new Error('no tuner'),
      errors: [new Error('no tuner')],
      rolledBack: ['Middle', 'Base'],
    });
    expect(error.message).toBe('Failing failed to start: no tuner\nRolled back: Middle, Base.');
    expect(log.slice(-6)).toEqual([
      'Sibling stops',
      'Sibling stopped',
      'Middle stops',
      'Middle stopped',
      'Base stops',
      'Base stopped',
    ]);
    expect(log).not.toContain('Never starts');
    expect(of('rolling-back')[0]).toMatchObject({
      service: 'Failing',
      services: expect.arrayContaining(['Base', 'Middle']),
    });
  });

  test('has released what it had opened; onStop of what never started is not called', async () => {
    const log: string[] = [];
    const Failing = service('Failing', log, {
      start(this: Lifecycle) {
        this.addCleanup(() => log.push('released'));
        this.listen('e', () => {});
        this.interval(() => {}, 10);
        throw new Error('late');
      },
    } as Says);
    const { engine, clock, bus } = prepare([Failing]);
    await rejection(engine.start());
    expect(log).toEqual(['Failing starts', 'released']);
    expect([clock.pending, bus.listenerCount()]).toEqual([0, 0]);
  });

  test('when two fail at once the first is the error, and both have been released', async () => {
    const log: string[] = [];
    const fail = (name: string) =>
      service(name, log, {
        start(this: Lifecycle) {
          this.addCleanup(() => log.push(`${name} released`));
          throw new Error(name);
        },
      } as Says);
    const error = await bootError([fail('One'), fail('Other')]);
    expect(error).toMatchObject({ service: 'One', rolledBack: [] });
    expect(log).toEqual(expect.arrayContaining(['One released', 'Other released']));
    expect(error.message).toContain('Nothing else had started.');
  });

  test('by its deadline names who waited for what', async () => {
    const log: string[] = [];
    const Waiting = service('Waiting', log, {
      startTimeout: 20,
      start(this: Lifecycle) {
        return this.waitFor('the camera');
      },
    } as Says);
    const error = await bootError([Waiting]);
    expect(error).toMatchObject({ service: 'Waiting', cause: { code: 'SPECTER_START_TIMEOUT' } });
    expect(error.message).toContain('Waiting did not start within 20 ms; it was waiting for the camera');
  });

  test('a rollback in which hooks throw and hang keeps the original error first, and every stop has a fresh deadline', async () => {
    const log: string[] = [];
    const Base = service('Base', log);
    const Throws = service('Throws', log, { needs: [Base], stop: () => Promise.reject(new Error('cannot stop')) });
    const Hangs = service('Hangs', log, { needs: [Throws], stop: () => never, stopTimeout: 30 });
    const Failing = service('Failing', log, { needs: [Hangs], start: () => Promise.reject(new Error('original')) });
    const { engine, of } = prepare([Failing, Hangs, Throws, Base]);
    const error = await rejection(engine.start());
    expect(error).toMatchObject({ cause: new Error('original'), rolledBack: ['Hangs', 'Throws', 'Base'] });
    expect(log.at(-1)).toBe('Base stopped');
    expect(of('release-failed').map(({ service: name, error: { message } }) => `${name}: ${message}`)).toEqual([
      expect.stringMatching(/^Hangs: Hangs\.onStop\(\) did not finish within 30 ms/),
      'Throws: cannot stop',
    ]);
  });

  test('a child of the same name as a service does not disturb the account', async () => {
    const log: string[] = [];
    const Disk = service('Disk', log);
    const Parent = service('Parent', log, {
      needs: [Disk],
      async start(this: Lifecycle) {
        await this.adopt(new (service('Disk', log))());
      },
    } as Says);
    const Failing = service('Failing', log, { needs: [Parent], start: () => Promise.reject(new Error('x')) });
    const error = await bootError([Disk, Parent, Failing]);
    expect(error.rolledBack).toEqual(['Parent', 'Disk']);
  });
});

describe('an abort from outside', () => {
  test('during a start rejects it as aborted; nothing more begins, what had started is stopped', async () => {
    const log: string[] = [];
    const Base = service('Base', log);
    const Slow = service('Slow', log, {
      needs: [Base],
      start(this: Lifecycle) {
        return this.sleep(60_000);
      },
    } as Says);
    const After = service('After', log, { needs: [Slow] });
    const { engine } = prepare([After, Slow, Base]);
    const starting = rejection(engine.start());
    await settle();
    engine.abort('the application was stopped meanwhile');
    const error = await starting;
    expect(error).toMatchObject({ code: 'SPECTER_START_ABORTED' });
    expect(error.message).toContain('The application did not finish starting: the application was stopped meanwhile');
    expect(log).toEqual(['Base starts', 'Base started', 'Slow starts', 'Base stops', 'Base stopped']);
  });

  test('at any turn of the start leaves everything stopped, with as many stops as starts', async () => {
    for (let turns = 0; turns < 60; turns++) {
      const log: string[] = [];
      const A = service('A', log);
      const B = service('B', log, { needs: [A] });
      const { engine } = prepare([A, B]);
      const starting = engine.start().then(
        () => engine.stop(),
        () => {},
      );
      for (let i = 0; i < turns; i++) await Promise.resolve();
      engine.abort('enough');
      await starting;
      for (const name of ['A', 'B']) {
        const count = (what: string) => log.filter((line) => line === `${name} ${what}`).length;
        expect(count('stopped')).toBe(count('started'));
      }
      expect(engine.running).toEqual([]);
    }
  });
});

describe('the stop', () => {
  test('never rejects, whatever the hooks do, and reports everything by name', async () => {
    const log: string[] = [];
    const Base = service('Base', log);
    const Throws = service('Throws', log, { needs: [Base], stop: () => Promise.reject(new Error('no')) });
    const Hangs = service('Hangs', log, { needs: [Base], stop: () => never, stopTimeout: 20 });
    const { engine, of } = await boot([Base, Throws, Hangs]);
    await engine.stop();
    expect(log.at(-1)).toBe('Base stopped');
    expect(
      of('release-failed')
        .map(({ service: name }) => name)
        .sort(),
    ).toEqual(['Hangs', 'Throws']);
  });

  test('called twice stops once', async () => {
    const log: string[] = [];
    const { engine } = await boot([service('A', log)]);
    await Promise.all([engine.stop(), engine.stop()]);
    await engine.stop();
    expect(log.filter((line) => line === 'A stops')).toHaveLength(1);
  });

  test('releases what constructors acquired, too, in the same order', async () => {
    const log: string[] = [];
    class Base extends Lifecycle {
      readonly it = this.addCleanup(() => log.push('base instance'));
    }
    class User extends Lifecycle {
      readonly it = this.addCleanup(() => log.push('user instance'));
      protected override onStop() {
        log.push('user stops');
      }
    }
    Service({ dependsOn: [Base] })(User);
    const { engine } = await boot([Base, User]);
    await engine.stop();
    expect(log).toEqual(['user stops', 'user instance', 'base instance']);
  });
});

describe('the registry', () => {
  class Disk extends Lifecycle {}
  class Other extends Lifecycle {}

  test('holds a managed instance under class, name and further tokens, from started until stopping', async () => {
    const ready = gate();
    class Slow extends Lifecycle {
      protected override onStart() {
        return ready.promise;
      }
    }
    Service({ name: 'slow one', provides: ['alias'] })(Slow);
    const { engine, registry } = prepare([Slow]);
    const starting = engine.start();
    const waiting = registry.waitFor('slow one');
    await settle();
    expect(registry.has(Slow)).toBe(false);
    ready.open();
    await starting;
    const slow = engine.get(Slow);
    expect(await waiting).toBe(slow);
    expect([registry.resolve(Slow), registry.resolve('alias')]).toEqual([slow, slow]);
    let during: unknown = 'unset';
    slow.addCleanup(() => {
      during = registry.resolve(Slow);
    });
    await engine.stop();
    expect(during).toBeUndefined();
    expect(registry.list()).toEqual([]);
  });

  test('is not fooled by an adopted child of the same name', async () => {
    const gateOfDisk = gate();
    class Parent extends Lifecycle {
      child: Disk | undefined;
      protected override async onStart() {
        this.child = await this.adopt(new (named('Slow', class extends Lifecycle {}))());
      }
    }
    class Slow extends Lifecycle {
      protected override onStart() {
        return gateOfDisk.promise;
      }
    }
    const { engine, registry } = prepare([Parent, Slow]);
    const starting = engine.start();
    await settle();
    expect(registry.has('Slow')).toBe(false);
    gateOfDisk.open();
    await starting;
    expect(registry.resolve('Slow')).toBe(engine.get(Slow));
    await engine.get(Parent).child?.[Symbol.asyncDispose]();
    expect(registry.resolve('Slow')).toBe(engine.get(Slow));
    await engine.stop();
  });

  test('lets a service wait for another that it does not depend on', async () => {
    class Waits extends Lifecycle {
      got: unknown;
      protected override async onStart() {
        this.got = await this.waitFor(Disk);
      }
    }
    const { engine } = await boot([Waits, Disk]);
    expect(engine.get(Waits).got).toBe(engine.get(Disk));
    await engine.stop();
  });

  // Teeth: a Registry whose #ring finds nothing fails these (tried): the boot hangs until startTimeout.
  test('sees a ring of waits and dependencies at once and names the chain', async () => {
    class Waits extends Lifecycle {
      protected override async onStart() {
        await this.waitFor(Needs);
      }
    }
    class Needs extends Lifecycle {}
    Service({ dependsOn: [Waits] })(Needs);
    const error = await bootError([Waits, Needs]);
    expect(error).toMatchObject({ service: 'Waits', cause: { code: 'SPECTER_WAIT_DEADLOCK' } });
    expect(error.message).toContain('Waits waits for Needs waits for Waits');
  });

  test('sees a ring over factories, aliases and fields as well', async () => {
    const { inject } = await import('../../src/app/inject.js');
    class Waits extends Lifecycle {
      protected override async onStart() {
        await this.waitFor('Last');
      }
    }
    class Middle extends Lifecycle {
      readonly it = inject('alias');
    }
    class Last extends Lifecycle {}
    Service({ dependsOn: ['made'] })(Last);
    const error = await bootError([
      Waits,
      Middle,
      Last,
      { provide: 'alias', useExisting: Waits },
      { provide: 'made', useFactory: (middle: Middle) => middle, inject: [Middle] },
    ]);
    expect(error.message).toContain('Waits waits for Last waits for Middle waits for Waits');
  });

  test('lets a running service wait for one that depends on it: that is late binding, not a ring', async () => {
    const restart = gate();
    class Running extends Lifecycle {}
    class Late extends Lifecycle {
      protected override onStart() {
        return restart.promise;
      }
    }
    Service({ dependsOn: [Running] })(Late);
    const { engine } = prepare([Running, Late]);
    const starting = engine.start();
    await settle();
    const waiting = engine.get(Running).waitFor(Late);
    restart.open();
    await starting;
    expect(await waiting).toBe(engine.get(Late));
    await engine.stop();
  });

  test('two engines never see each other', async () => {
    const a = await boot([Disk]);
    const b = await boot([Other]);
    expect([a.registry.has(Other), b.registry.has(Disk)]).toEqual([false, false]);
    await Promise.all([a.engine.stop(), b.engine.stop()]);
  });
});

test('what a sibling that was told to give up throws of its own is told, and what it throws because of that is not', async () => {
  const log: string[] = [];
  const Failing = service('Failing', log, { start: () => settle().then(() => Promise.reject(new Error('no disk'))) });
  const whenTold = (self: Lifecycle, act: () => unknown) =>
    new Promise((_, reject) => self.signal.addEventListener('abort', () => reject(act())));
  const Honest = service('Honest', log, {
    start(this: Lifecycle) {
      return whenTold(this, () => new Error('the lamp is broken as well'));
    },
  });
  const Obedient = service('Obedient', log, {
    start(this: Lifecycle) {
      return whenTold(this, () => this.signal.reason);
    },
  });
  const { engine, of } = prepare([Failing, Honest, Obedient]);
  await rejection(engine.start());
  expect(of('release-failed').map(({ service: who, error }) => `${who}: ${error.message}`)).toEqual([
    'Honest: the lamp is broken as well',
  ]);
});
