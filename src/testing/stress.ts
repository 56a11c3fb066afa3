// startStopStress(): many callers start, stop and restart one thing at random, and it must come through in order.
import { systemClock } from '../kernel/clock.js';
import { Deadline } from '../kernel/deadline.js';
import { messageOf } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { StressError } from './errors.js';
import { type HookOwner, HookTrace } from './hook-trace.js';
import { type LeakCheck, leakCheck } from './leak-check.js';
import type { ManualClock } from './manual-clock.js';
import { Random } from './random.js';
import { Tally } from './tally.js';

/** What can be started and stopped: a `Lifecycle`, or anything with two such methods. */
export interface Startable {
  readonly name?: string;
  start(): unknown;
  stop(): unknown;
  /** @default stop, then start */
  restart?(): unknown;
  /** Whether it runs; looked at in the end. */
  readonly running?: boolean;
}

export interface StressOptions {
  /** How many call at the same time. @default 10 */
  readonly callers?: number;
  /** How often each of them calls. @default 50 */
  readonly calls?: number;
  /** Decides the order of everything. @default drawn, and told in the report */
  readonly seed?: number;
  /** Milliseconds of real time that a stop may take. @default 5,000 */
  readonly stopTimeout?: number;
  /** Whose `onStart` and `onStop` must alternate. @default the thing itself */
  readonly hooks?: readonly object[];
  /** Virtual time, turned while they call. @default none is turned */
  readonly clock?: ManualClock;
  /** Errors of a start or restart that are part of the game. @default SPECTER_START_ABORTED: a stop wins over a start */
  readonly expected?: (error: Error & { readonly code?: string }) => boolean;
  /** How it is stopped for good. @default stop() */
  readonly finish?: () => unknown;
  /** Look for handles and listeners that are left in the end. @default true */
  readonly leaks?: boolean;
}

const KEYS: Record<keyof StressOptions, true> = {
  callers: true, calls: true, seed: true, stopTimeout: true, hooks: true, clock: true, expected: true, finish: true, leaks: true,
}; // biome-ignore format: a list

/** What happened. */
export interface StressReport {
  readonly seed: number;
  /** Calls that were made. */
  readonly calls: number;
  /** Calls of a start or restart that were refused as expected. */
  readonly refused: number;
  /** How often the hooks ran. */
  readonly starts: number;
  readonly stops: number;
  /** Milliseconds of the longest stop. */
  readonly longestStop: number;
}

type Operation = 'start' | 'stop' | 'restart' | 'finish';

/** Milliseconds of virtual time that pass at once. */
const STEP = 5;

function isStart(operation: Operation): boolean {
  return operation === 'start' || operation === 'restart';
}

/** What a call that does not settle is given up with. */
class Hang extends Error {
  constructor(limit: number) {
    super(`did not settle within ${limit} ms`);
  }
}

/** One run of many callers. */
class Stress {
  readonly #thing: Startable;
  readonly #options: StressOptions;
  readonly #random: Random;
  readonly #trace: HookTrace;
  readonly #faults = new Tally();
  readonly #name: string;
  #calls = 0;
  #refused = 0;
  #longestStop = 0;

  constructor(thing: Startable, options: StressOptions) {
    this.#thing = thing;
    this.#options = options;
    this.#name = thing.name ?? thing.constructor.name;
    this.#random = new Random(options.seed);
    this.#trace = new HookTrace((options.hooks ?? [thing]) as readonly HookOwner[]);
  }

  /** @throws SPECTER_STRESS with everything that went wrong, and the seed */
  async run(check: LeakCheck | undefined): Promise<StressReport> {
    await this.#turning(this.#everybody());
    await this.#turning(this.#call('finish'));
    this.#trace.restore();
    for (const fault of [...this.#trace.faults, ...this.#stillUp()]) this.#faults.add(fault);
    const leaks = (await check?.leaks()) ?? [];
    for (const { kind, label, place } of leaks) this.#faults.add(`${kind} ${label} is left, made at ${place}`);
    const { seed } = this.#random;
    const { lines } = this.#faults;
    if (lines.length > 0) throw new StressError(this.#name, seed, lines);
    const { starts, stops } = this.#trace;
    return { seed, calls: this.#calls, refused: this.#refused, starts, stops, longestStop: this.#longestStop };
  }

  async #everybody(): Promise<void> {
    const { callers = 10, calls = 50 } = this.#options;
    const everyone = Array.from({ length: callers }, async () => {
      for (let call = 0; call < calls; call++) {
        const made = this.#call(this.#random.pick<Operation>('start', 'start', 'stop', 'restart'));
        // Half of the callers wait for what they asked for; the others go on and ask for something else.
        await (this.#random.below(2) === 0 ? made : this.#pause());
      }
    });
    await Promise.all(everyone);
    await this.#settled();
  }

  readonly #underWay = new Set<Promise<void>>();

  #call(operation: Operation): Promise<void> {
    this.#calls++;
    const made = this.#guard(operation).finally(() => void this.#underWay.delete(made));
    this.#underWay.add(made);
    return made;
  }

  async #settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Awaits one call within its limit; whatever is wrong with it is a fault. */
  async #guard(operation: Operation): Promise<void> {
    const { stopTimeout = 5_000 } = this.#options;
    const begun = systemClock.monotonic();
    const limit = isStart(operation) ? stopTimeout * 4 : stopTimeout;
    try {
      const work = Promise.resolve(this.#perform(operation));
      await new Deadline(limit).wait(work, () => new Hang(limit));
    } catch (thrown) {
      if (isStart(operation) && this.#isExpected(thrown as Error)) this.#refused++;
      else if (thrown instanceof Hang) this.#faults.add(`${operation}() ${thrown.message}`);
      else this.#faults.add(`${operation}() rejected`, messageOf(thrown));
    }
    if (!isStart(operation)) this.#longestStop = Math.max(this.#longestStop, systemClock.monotonic() - begun);
  }

  async #perform(operation: Operation): Promise<void> {
    if (operation === 'finish') await (this.#options.finish ?? (() => this.#thing.stop()))();
    else if (operation !== 'restart') await this.#thing[operation]();
    else if (this.#thing.restart) await this.#thing.restart();
    else {
      await this.#thing.stop();
      await this.#thing.start();
    }
  }

  #isExpected(error: Error & { code?: string }): boolean {
    const { expected = ({ code }) => code === 'SPECTER_START_ABORTED' } = this.#options;
    return expected(error);
  }

  /** Nothing, a promise's turn, or some turns of the event loop. */
  async #pause(): Promise<void> {
    const turns = this.#random.below(4) - 1;
    for (let turn = 0; turn < turns; turn++) await systemClock.sleep(0);
  }

  /** Turns virtual time until the work has ended. */
  async #turning(work: Promise<void>): Promise<void> {
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    while (this.#options.clock && !done) await this.#options.clock.advance(STEP);
    await ended;
  }

  #stillUp(): string[] {
    return this.#thing.running ? ['it says that it runs, after the last stop()'] : [];
  }
}

/**
 * Lets many callers start, stop and restart one thing in random order, and checks what every caller may rely on: each call settles, no stop
 * rejects or takes too long, `onStart` and `onStop` strictly alternate and never overlap, in the end it is stopped, and nothing is left open.
 *
 * @throws SPECTER_STRESS with everything that went wrong, and the seed with which the same order runs again
 * @example
 * class Ticker extends Lifecycle {
 *   protected onStart() { this.interval(() => report(), 1000); }
 * }
 * await startStopStress(new Ticker(), { seed: 7 });
 */
export async function startStopStress(thing: Startable, options: StressOptions = {}): Promise<StressReport> {
  checkOptionKeys('startStopStress()', options, Object.keys(KEYS));
  const check = options.leaks === false ? undefined : await leakCheck({ probes: ['made'] });
  try {
    return await new Stress(thing, options).run(check);
  } finally {
    check?.close();
  }
}
