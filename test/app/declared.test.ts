import { Cron } from '../../src/app/cron.js';
import { Interval, Listen, Observe, Poll, Stream, Timeout, Watcher } from '../../src/app/declared.js';
import { Service } from '../../src/app/service.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { Watch } from '../../src/kernel/watch.js';
import { settle } from '../kernel/heard.js';
import { boot, bootError } from './boot.js';

describe('@Interval and @Timeout', () => {
  class Plain {
    readonly log: string[] = [];
    @Interval(1_000) tick(...args: unknown[]) {
      this.log.push(`tick ${args.length}`);
    }
    @Timeout(2_500) once() {
      this.log.push('once');
    }
  }

  test('call the methods of a plain class on its instance, without arguments, until the stop', async () => {
    const { engine, clock } = await boot([Plain]);
    const { log } = engine.get(Plain);
    await clock.advance(3_000);
    expect(log).toEqual(['tick 0', 'tick 0', 'once', 'tick 0']);
    await engine.stop();
    await clock.advance(10_000);
    expect(log).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  test('begin after onStart has come to its end', async () => {
    class Slow extends Lifecycle {
      readonly log: string[] = [];
      protected override async onStart() {
        await settle(3);
        this.log.push('started');
      }
      @Timeout(0) first() {
        this.log.push('first');
      }
    }
    const { engine, clock } = await boot([Slow]);
    await clock.advance(0);
    expect(engine.get(Slow).log).toEqual(['started', 'first']);
    await engine.stop();
  });

  test('a failing method is reported by its name and goes on', async () => {
    let calls = 0;
    class Fails {
      @Interval(10) refresh() {
        calls++;
        throw new Error('no net');
      }
    }
    const { engine, clock, of } = await boot([Fails]);
    await clock.advance(20);
    expect(calls).toBe(2);
    expect(of('timer-failed')[0]).toMatchObject({ service: 'Fails', timer: 'interval of 10 ms (refresh)' });
    await engine.stop();
  });

  test('several on one method all count, and an overriding method takes the notes of the base unless it has its own', async () => {
    const log: string[] = [];
    class Base {
      @Interval(10) @Interval(15) both() {
        log.push('base');
      }
      @Interval(10) inherited() {
        log.push('inherited');
      }
    }
    class Derived extends Base {
      @Interval(25) override both() {
        log.push('derived');
      }
    }
    const { engine, clock } = await boot([Derived]);
    await clock.advance(29);
    expect(log.sort()).toEqual(['derived', 'inherited', 'inherited']);
    await engine.stop();
  });

  test('a decorator on what is no method is a boot error that names it', async () => {
    class Wrong {}
    Interval(10)(Wrong.prototype, 'field');
    const error = await bootError([Wrong]);
    expect(error).toMatchObject({ service: 'Wrong', cause: { code: 'SPECTER_INVALID_ROLE' } });
    expect(error.message).toContain('Wrong has no method field');
  });
});

describe('@Listen', () => {
  test('hears the events of the bus with their data, on its instance, until the stop', async () => {
    class Hears {
      readonly heard: unknown[] = [];
      @Listen('disk:mounted') onDisk(disk: unknown) {
        this.heard.push(disk);
      }
    }
    const { engine, bus } = await boot([Hears]);
    const { heard } = engine.get(Hears);
    bus.emit('disk:mounted', { path: '/films' });
    expect(heard).toEqual([{ path: '/films' }]);
    await engine.stop();
    bus.emit('disk:mounted');
    expect(heard).toHaveLength(1);
    expect(bus.listenerCount()).toBe(0);
  });

  test('a failing one is reported with the name of its service, and stops nobody', async () => {
    const heard = jest.fn();
    class Fails {
      @Listen('e') fail() {
        throw new Error('no');
      }
      @Listen('e') fine() {
        heard();
      }
    }
    Service({ name: 'the failing one' })(Fails);
    const { engine, bus, of } = await boot([Fails]);
    bus.emit('e');
    expect(heard).toHaveBeenCalledTimes(1);
    expect(of('listener-failed')[0]).toMatchObject({ service: 'the failing one', event: 'e' });
    await engine.stop();
  });
});

test('what a declaration cannot mean is told at boot, all at once, before anything is constructed', async () => {
  const made = jest.fn();
  class Odd {
    constructor() {
      made();
    }
    @Listen('') silent() {}
    @Interval(Number.NaN) never() {}
    @Timeout(-1) past() {}
    @Listen('fine') @Interval(5) fine() {}
  }
  @Watcher()
  class Endless extends Watch<number> {
    @Poll(Number.POSITIVE_INFINITY) read() {
      return 1;
    }
  }
  const error = await bootError([Odd, Endless]);
  expect(error.errors.map(({ message }) => message)).toEqual([
    "Odd.silent has @Listen() without an event. Name it: @Listen('disk:mounted').",
    '@Interval on Odd.never: expected milliseconds as a finite number of at least 1, got NaN (number).',
    '@Timeout on Odd.past: expected milliseconds as a finite number of at least 0, got -1 (number).',
    '@Poll on Endless.read: expected milliseconds as a finite number of at least 1, got Infinity (number).',
  ]);
  expect(made).not.toHaveBeenCalled();
});

test('a watcher that extends nothing is told with its own name', async () => {
  @Watcher()
  class Hdmi {}
  expect((await bootError([Hdmi])).message).toContain(
    'Hdmi is a watcher but does not extend Watch. Write: class Hdmi extends Watch<Value>.',
  );
});

describe('@Watcher, @Poll, @Stream and @Observe', () => {
  @Watcher()
  class Hdmi extends Watch<string> {
    value = 'off';
    @Poll(1_000, { dedupe: true }) read() {
      return this.value;
    }
  }

  @Service()
  class Tv {
    readonly seen: unknown[] = [];
    @Observe(Hdmi) onHdmi(value: string, hdmi: Hdmi) {
      this.seen.push([value, hdmi]);
    }
  }

  test('an observer is started after its watcher and told each value, the last one at once', async () => {
    const { engine, clock, of } = await boot([Tv, Hdmi]);
    const hdmi = engine.get(Hdmi);
    const { seen } = engine.get(Tv);
    await settle();
    expect(of('started').map(({ service }) => service)).toEqual(['Hdmi', 'Tv']);
    expect(seen).toEqual([['off', hdmi]]);
    hdmi.value = 'on';
    await clock.advance(2_000);
    expect(seen).toEqual([
      ['off', hdmi],
      ['on', hdmi],
    ]);
    await engine.stop();
    hdmi.value = 'off';
    await clock.advance(5_000);
    expect(seen).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  test('a watcher that is observed and not listed is a missing dependency', async () => {
    expect((await bootError([Tv])).message).toContain('Tv (in AppModule) needs Hdmi (@Observe)');
  });

  // Teeth: always with the last value, whoever comes back is told it twice (tried).
  test('an observer of events that comes back is not told the last one again', async () => {
    const told: unknown[] = [];
    @Service()
    class Clerk {
      @Observe(Hdmi, { immediate: false }) onHdmi(value: string) {
        told.push(value);
      }
    }
    const { engine, clock } = await boot([Clerk, Hdmi]);
    await settle();
    const hdmi = engine.get(Hdmi);
    hdmi.value = 'on';
    await clock.advance(1_000);
    await engine.restart(Clerk);
    expect(told).toEqual(['off', 'on']);
    hdmi.value = 'dim';
    await clock.advance(1_000);
    expect(told).toEqual(['off', 'on', 'dim']);
    await engine.stop();
  });

  test('an observer of what is no watcher, and an option that nobody reads, are boot errors', async () => {
    @Service()
    class Lamp {}
    @Service()
    class Room {
      @Observe(Lamp as never) onLamp() {}
      @Observe(Hdmi, { replay: 1 } as never) onHdmi() {}
    }
    const { errors } = await bootError([Room, Lamp, Hdmi]);
    expect(errors.map((error) => [(error as { code?: string }).code, error.message])).toEqual([
      ['SPECTER_INVALID_ROLE', expect.stringContaining('Room.onLamp observes Lamp, which is no watcher. Name a class that extends Watch')],
      ['SPECTER_INVALID_ARGUMENT', expect.stringContaining('@Observe of Room.onHdmi has the option replay, which nobody reads. Known are: immediate.')],
    ]); // biome-ignore format: a list
  });

  test('a stream is followed, with its signal, until the stop', async () => {
    let ended: boolean | undefined;
    @Watcher()
    class Lines extends Watch<string> {
      @Stream() async *lines(signal: AbortSignal) {
        yield 'first';
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        ended = signal.aborted;
      }
    }
    const { engine } = await boot([Lines]);
    await settle();
    expect(engine.get(Lines).lastValue).toBe('first');
    await engine.stop();
    expect(ended).toBe(true);
  });

  test('two sources, none, or no Watch are boot errors, all told at once', async () => {
    @Watcher()
    class Two extends Watch<number> {
      @Poll(1) a() {
        return 1;
      }
      @Stream() async *b() {
        yield 1;
      }
    }
    @Watcher()
    class None extends Watch<number> {}
    class NoWatch {
      @Poll(1) a() {
        return 1;
      }
    }
    const error = await bootError([Two, None, NoWatch]);
    expect(error.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('Two has 2 @Poll or @Stream methods'),
      expect.stringContaining('None has 0 @Poll or @Stream methods'),
      expect.stringContaining('NoWatch is a watcher but does not extend Watch'),
    ]);
  });

  test('a watcher that gives up is down; the service is left running', async () => {
    @Watcher()
    class Gone extends Watch<number> {
      @Poll(10, { retry: 1 }) read(): number {
        throw new Error('unplugged');
      }
    }
    const { engine, clock, of } = await boot([Gone]);
    await clock.advance(5_000);
    expect(of('failed')[0]).toMatchObject({ service: 'Gone', error: { code: 'SPECTER_GAVE_UP' } });
    const error = 'Gone gave up after 2 failures in a row: unplugged';
    expect(engine.get(Gone).health()).toEqual({ status: 'down', error });
    expect(engine.get(Gone).running).toBe(true);
    await engine.stop();
  });
});

test('all forms stand side by side on one class', async () => {
  class Everything {
    readonly log: string[] = [];
    @Interval(60_000) a() {
      this.log.push('interval');
    }
    @Cron('* * * * *', { timezone: 'UTC' }) b() {
      this.log.push('cron');
    }
    @Listen('e') c() {
      this.log.push('listen');
    }
  }
  const { engine, clock, bus } = await boot([Everything]);
  bus.emit('e');
  await clock.advance(60_000);
  expect(engine.get(Everything).log.sort()).toEqual(['cron', 'interval', 'listen']);
  await engine.stop();
  expect(clock.pending).toBe(0);
});
