import { inject } from '../../src/app/inject.js';
import { Service } from '../../src/app/service.js';
import { Bus } from '../../src/kernel/bus.js';
import { Clock } from '../../src/kernel/clock.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { Scope } from '../../src/kernel/scope.js';
import type { Class } from '../../src/kernel/token.js';
import { gate, never, rejection, settle } from '../kernel/heard.js';
import { boot, bootError, named, prepare } from './boot.js';

describe('factories', () => {
  test('may be asynchronous, take dependencies, and are awaited before whoever needs them is made', async () => {
    const log: string[] = [];
    @Service({ dependsOn: ['late'] })
    class User {
      constructor() {
        log.push('user');
      }
    }
    const { engine } = await boot([
      User,
      {
        provide: 'late',
        inject: ['early'],
        useFactory: async (early: string) => {
          await settle(2);
          log.push('late');
          return `${early} and late`;
        },
      },
      { provide: 'early', useFactory: () => 'early' },
    ]);
    expect(log).toEqual(['late', 'user']);
    expect(engine.get('late')).toBe('early and late');
    await engine.stop();
  });

  test('get a list for a multi token, their own Scope, and undefined and thenables are awaited like promises', async () => {
    const seen: unknown[] = [];
    const { engine } = await boot([
      { provide: 'm', useValue: 1, multi: true },
      { provide: 'm', useValue: 2, multi: true },
      { provide: 'f', inject: ['m', Scope], useFactory: (...all: never[]) => void seen.push(...all) },
      // biome-ignore lint/suspicious/noThenProperty: a thenable is the point
      { provide: 't', useFactory: () => ({ then: (resolve: (value: string) => void) => resolve('thenable') }) },
    ]);
    expect(seen).toEqual([[1, 2], expect.any(Scope)]);
    expect([engine.get('f'), engine.get('t')]).toEqual([undefined, 'thenable']);
    await engine.stop();
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no driver');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no driver'))],
  ])('one that %s fails the boot by name, and what it had opened is released', async (_how, fail) => {
    const released = jest.fn();
    const error = await bootError([
      {
        provide: 'driver',
        inject: [Scope],
        useFactory: (scope: Scope) => {
          scope.addCleanup(released);
          return fail();
        },
      },
    ]);
    expect(error).toMatchObject({ code: 'SPECTER_START_FAILED', service: 'driver', cause: new Error('no driver') });
    expect(released).toHaveBeenCalledTimes(1);
  });

  test('one that hangs is given up after its time', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask'] });
    try {
      const booting = bootError([{ provide: 'driver', useFactory: () => never }]);
      await settle();
      jest.advanceTimersByTime(15_000);
      const error = await booting;
      expect(error).toMatchObject({ code: 'SPECTER_START_FAILED', service: 'driver' });
      expect(error.message).toContain('driver did not start within 15000 ms');
    } finally {
      jest.useRealTimers();
    }
  });

  test('a boot that is aborted does not wait for one that hangs', async () => {
    const released = jest.fn();
    class Early extends Lifecycle {
      readonly early = this.addCleanup(released);
    }
    const { engine } = prepare([Early, { provide: 'driver', useFactory: () => never }]);
    const starting = rejection(engine.start());
    await settle();
    engine.abort('enough');
    expect(await starting).toMatchObject({ code: 'SPECTER_START_ABORTED', message: expect.stringContaining('enough') });
    expect(released).toHaveBeenCalledTimes(1);
  });

  test('a boot that is aborted before it begins makes nothing', async () => {
    const make = jest.fn();
    const { engine } = prepare([{ provide: 'driver', useFactory: make }]);
    engine.abort('enough');
    expect(await rejection(engine.start())).toMatchObject({ code: 'SPECTER_START_ABORTED' });
    expect(make).not.toHaveBeenCalled();
  });
});

describe('what a factory gives', () => {
  class Worker extends Lifecycle {
    static readonly log: string[] = [];
    protected override onStart() {
      Worker.log.push('start');
    }
    protected override onStop() {
      Worker.log.push('stop');
    }
  }
  beforeEach(() => void (Worker.log.length = 0));

  test('is started and stopped when it is a Lifecycle, on the clock and bus of the application', async () => {
    const { engine, clock } = await boot([{ provide: 'worker', useFactory: () => new Worker() }]);
    const worker = engine.get<Worker>('worker');
    expect(worker.running).toBe(true);
    expect((worker as unknown as { clock: Clock }).clock).toBe(clock);
    expect(await rejection(worker.stop())).toMatchObject({ code: 'SPECTER_MANAGED' });
    await engine.stop();
    expect(Worker.log).toEqual(['start', 'stop']);
  });

  test('has its hooks called when it is any object with hooks', async () => {
    const hooks = { onStart: jest.fn(), onStop: jest.fn() };
    const { engine } = await boot([{ provide: 'hooks', useFactory: async () => hooks }]);
    expect(hooks.onStart).toHaveBeenCalledTimes(1);
    await engine.stop();
    expect(hooks.onStop).toHaveBeenCalledTimes(1);
  });

  test('and has been made by another provider is started and stopped once, by that one', async () => {
    const log: string[] = [];
    class User {
      onStop() {
        log.push('user stops');
      }
    }
    class Plain {
      onStart() {
        log.push('plain starts');
      }
      onStop() {
        log.push('plain stops');
      }
    }
    Service({ dependsOn: [Worker, Plain] })(User);
    const { engine } = await boot([
      Worker,
      Plain,
      User,
      { provide: 'same worker', inject: [Worker], useFactory: (worker: Worker) => worker },
      { provide: 'same plain', inject: [Plain], useFactory: (plain: Plain) => plain },
    ]);
    await engine.stop();
    expect(Worker.log).toEqual(['start', 'stop']);
    expect(log).toEqual(['plain starts', 'user stops', 'plain stops']);
  });

  test('what it opened beside a Lifecycle lives exactly as long as that', async () => {
    const released = jest.fn();
    const { engine } = await boot([
      {
        provide: 'worker',
        inject: [Scope],
        useFactory: (scope: Scope) => {
          scope.addCleanup(() => released(Worker.log.at(-1)));
          return new Worker();
        },
      },
    ]);
    expect(released).not.toHaveBeenCalled();
    await engine.stop();
    expect(released.mock.calls).toEqual([['stop']]);
  });

  test('is no service when it has no life', async () => {
    const { engine, of } = await boot([{ provide: 'port', useFactory: () => 80 }]);
    expect(of('started')).toEqual([]);
    await engine.stop();
  });
});

describe('inject() in a field', () => {
  test('makes what comes later in the list on the way, once', async () => {
    @Service()
    class First {
      readonly second = inject(Second);
    }
    @Service()
    class Second {
      readonly third = inject<object>('third');
    }
    const make = jest.fn(() => ({}));
    const { engine } = await boot([First, Second, { provide: 'third', useFactory: make }]);
    expect(engine.get(First).second).toBe(engine.get(Second));
    expect(engine.get(Second).third).toBe(engine.get('third'));
    expect(make).toHaveBeenCalledTimes(1);
    await engine.stop();
  });

  test('is an edge: whoever is asked for starts before and stops after', async () => {
    const log: string[] = [];
    class Base {
      onStart() {
        log.push('base starts');
      }
      onStop() {
        log.push('base stops');
      }
    }
    class User {
      readonly base = inject(Base);
      async onStart() {
        log.push('user starts');
      }
      onStop() {
        log.push('user stops');
      }
    }
    const { engine } = await boot([User, Base]);
    await engine.stop();
    expect(log).toEqual(['base starts', 'user starts', 'user stops', 'base stops']);
  });

  test.each([
    ['an async function', async () => 'value'],
    ['a function that returns a promise', () => Promise.resolve('value')],
  ])('of a factory that is %s and has not finished says to use a parameter or dependsOn', async (_kind, useFactory) => {
    class Asks {
      readonly late = inject('late');
    }
    const error = await bootError([Asks, { provide: 'late', useFactory }]);
    expect(error.code).toBe('SPECTER_UNFINISHED_DEPENDENCY');
    expect(error.message).toContain('Asks asks for late in a field, but its factory is asynchronous');
    expect(error.message).toContain('dependsOn: [late]');
  });

  test('of a class that needs an unfinished factory by parameter says so too, instead of handing it a promise', async () => {
    class Middle {}
    Service({ dependsOn: ['late'] })(Middle);
    class Asks {
      readonly middle = inject(Middle);
    }
    const error = await bootError([Asks, Middle, { provide: 'late', useFactory: async () => 1 }]);
    expect(error).toMatchObject({
      code: 'SPECTER_UNFINISHED_DEPENDENCY',
      message: expect.stringContaining(
        'Asks asks for Middle in a field, but that needs late, whose factory is asynchronous',
      ),
    });
  });

  test('works for such a factory as soon as dependsOn orders it', async () => {
    class Asks {
      readonly late = inject<string>('late');
    }
    Service({ dependsOn: ['late'] })(Asks);
    const { engine } = await boot([Asks, { provide: 'late', useFactory: async () => 'value' }]);
    expect(engine.get(Asks).late).toBe('value');
    await engine.stop();
  });

  test('outside of a construction by an application says what it needs', async () => {
    expect(() => inject(Bus)).toThrow(expect.objectContaining({ code: 'SPECTER_NO_OWNER' }));
    class Late {
      onStart() {
        inject(Bus);
      }
    }
    expect(await bootError([Late])).toMatchObject({
      service: 'Late',
      cause: expect.objectContaining({ code: 'SPECTER_NO_OWNER' }),
    });
  });

  test('gives the parts of the application', async () => {
    class Asks {
      readonly clock = inject(Clock);
      readonly bus = inject(Bus);
    }
    const { engine, clock, bus } = await boot([Asks]);
    expect(engine.get(Asks)).toMatchObject({ clock, bus });
    await engine.stop();
  });
});

describe('a constructor that throws', () => {
  test('fails the boot by its name, with the original error, and everything made so far is released in reverse', async () => {
    const log: string[] = [];
    class First extends Lifecycle {
      readonly cleanup = this.addCleanup(() => log.push('first released'));
      protected override onStop() {
        log.push('onStop is not called');
      }
    }
    class Second extends Lifecycle {
      constructor() {
        super();
        this.addCleanup(() => log.push('second released'));
        throw new Error('no licence');
      }
    }
    Service({ dependsOn: [First] })(Second);
    const error = await bootError([Second, First]);
    expect(error).toMatchObject({ code: 'SPECTER_START_FAILED', service: 'Second', cause: new Error('no licence') });
    expect(error.message).toContain('Second failed to start: no licence');
    expect(log).toEqual(['second released', 'first released']);
  });

  test('while it is made for a field of another is named itself, not the one who asked', async () => {
    class Inner {
      constructor() {
        throw new TypeError('inner');
      }
    }
    class Outer {
      readonly inner = inject(Inner);
    }
    expect(await bootError([Outer, Inner])).toMatchObject({ service: 'Inner', cause: new TypeError('inner') });
  });

  test('with an error of the framework is a failure of that class, not of the wiring', async () => {
    class Owns extends Lifecycle {
      readonly it = this.own({ noWayToClose: true });
    }
    expect(await bootError([Owns])).toMatchObject({
      code: 'SPECTER_START_FAILED',
      service: 'Owns',
      cause: { code: 'SPECTER_NO_RELEASE' },
    });
  });

  test.each([['text'], [undefined], [null], [{}]])('may throw %p', async (thrown) => {
    class Throws {
      constructor() {
        throw thrown;
      }
    }
    expect(await bootError([Throws])).toMatchObject({ service: 'Throws', cause: expect.any(Error) });
  });
});

test('nothing happens before the start: a prepared engine has constructed nothing', () => {
  const made = jest.fn();
  class Made {
    constructor() {
      made();
    }
  }
  prepare([Made]);
  expect(made).not.toHaveBeenCalled();
});

test('app.container knows every value by its tokens, and a Scope only while constructing', async () => {
  class Disk {}
  const { engine } = await boot([Disk, { provide: 'port', useValue: 80 }]);
  expect(engine.container.tsyringe.resolve(Disk)).toBe(engine.get(Disk));
  expect(engine.container.tsyringe.resolve('port')).toBe(80);
  expect(() => engine.container.tsyringe.resolve(Scope)).toThrow(
    'A Scope needs a class that an application is constructing',
  );
  await engine.stop();
});

test('get() of what nobody provides names the nearest', async () => {
  class Disk {}
  const { engine } = await boot([Disk]);
  expect(() => engine.get('Disc')).toThrow(
    'The application needs "Disc" (app.get()), and nobody provides it. Did you mean Disk?',
  );
  await engine.stop();
});

describe('hostile sizes', () => {
  /** A chain in which each class needs the one before, listed in the worst order. */
  function chain(length: number): Class[] {
    const classes: Class[] = [];
    for (let i = 0; i < length; i++) {
      const target = named(`S${i}`, class {});
      Reflect.defineMetadata('design:paramtypes', i === 0 ? [] : [classes[i - 1]], target);
      classes.push(target);
    }
    return classes.reverse();
  }

  test('a chain of five thousand services boots and stops in order, without a stack overflow', async () => {
    const started: string[] = [];
    const stopped: string[] = [];
    const { engine, events } = prepare(chain(5_000));
    events.on('started', ({ service }) => void started.push(service));
    events.on('stopped', ({ service }) => void stopped.push(service));
    await engine.start();
    await engine.stop();
    expect(started).toHaveLength(5_000);
    expect([started[0], started[4_999]]).toEqual(['S0', 'S4999']);
    expect(stopped).toEqual([...started].reverse());
  });

  test('a cycle through five thousand services is found and printed whole', async () => {
    const classes = chain(5_000);
    Reflect.defineMetadata('design:paramtypes', [classes[0]], classes.at(-1) as Class);
    const error = await bootError(classes);
    expect(error.code).toBe('SPECTER_CYCLE');
    expect(error.message.split(' -> ')).toHaveLength(5_001);
  });

  test('two thousand services that all need the same ten start and stop', async () => {
    const shared = Array.from({ length: 10 }, (_, i) => named(`Shared${i}`, class {}));
    const users = Array.from({ length: 2_000 }, (_, i) => {
      const target = named(`User${i}`, class {});
      Reflect.defineMetadata('design:paramtypes', shared, target);
      return target;
    });
    const { engine, of } = await boot([...users, ...shared]);
    expect(of('started')).toHaveLength(2_010);
    await engine.stop();
    expect(of('stopped')).toHaveLength(2_010);
  });

  test('a field chain of three hundred, listed in the worst order, is made on the way', async () => {
    const classes: Class[] = [];
    for (let i = 0; i < 300; i++) {
      const before = classes[i - 1];
      classes.push(
        named(
          `F${i}`,
          class {
            readonly before = before && inject(before);
          },
        ),
      );
    }
    await (await boot(classes.reverse())).engine.stop();
  });
});

test('two constructions at the same time never mix: what is made in a field belongs to its own application', async () => {
  const pause = gate();
  class Slow extends Lifecycle {
    readonly bus = inject(Bus);
  }
  const a = prepare([{ provide: 'wait', useFactory: () => pause.promise }, Slow]);
  const b = prepare([Slow]);
  const starting = a.engine.start();
  await b.engine.start();
  pause.open();
  await starting;
  expect(a.engine.get(Slow).bus).toBe(a.bus);
  expect(b.engine.get(Slow).bus).toBe(b.bus);
  await Promise.all([a.engine.stop(), b.engine.stop()]);
});

describe('what a factory opened', () => {
  const pool = (log: string[]) => ({ onStop: () => void log.push('pool closed') });

  test('is closed again when the boot fails before anything has started', async () => {
    const log: string[] = [];
    const failing = { provide: 'failing', useFactory: () => Promise.reject(new Error('no network')) };
    const error = await bootError([{ provide: 'pool', useFactory: () => pool(log) }, failing]);
    expect(error.message).toContain('no network');
    expect(log).toEqual(['pool closed']);
  });

  test('is closed again when another service fails to start', async () => {
    const log: string[] = [];
    @Service()
    class Failing {
      onStart() {
        throw new Error('no disk');
      }
    }
    await bootError([{ provide: 'pool', useFactory: async (_: Failing) => pool(log), inject: [Failing] }, Failing]);
    expect(log).toEqual(['pool closed']);
  });

  test('stays open while a service that it needs is restarted, and is closed once, at the end', async () => {
    const log: string[] = [];
    @Service()
    class Disk extends Lifecycle {}
    const { engine } = await boot([{ provide: 'pool', useFactory: (_: Disk) => pool(log), inject: [Disk] }, Disk]);
    await engine.restart(Disk);
    expect(log).toEqual([]);
    await engine.stop();
    expect(log).toEqual(['pool closed']);
  });

  test('is closed when it comes after the boot was given up, and what it throws then is told', async () => {
    const log: string[] = [];
    const first = gate();
    const second = gate();
    const late = { provide: 'late', useFactory: () => first.promise.then(() => pool(log)) };
    const { engine } = prepare([late]);
    const starting = engine.start().catch(() => log.push('given up'));
    await settle();
    engine.abort('it was told to');
    await starting;
    first.open();
    await settle();
    expect(log).toEqual(['given up', 'pool closed']);

    const angry = {
      provide: 'angry',
      useFactory: () => second.promise.then(() => Promise.reject(new Error('too late'))),
    };
    const other = prepare([angry]);
    const again = other.engine.start().catch(() => {});
    await settle();
    other.engine.abort('it was told to');
    await again;
    second.open();
    await settle();
    expect(other.of('release-failed')).toMatchObject([{ service: 'angry', error: { message: 'too late' } }]);
  });
});
