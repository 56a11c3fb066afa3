// ManualClock: time that is turned by hand; between two timers promises and input/output settle.
import { Clock, checkDuration, type Release, systemClock } from '../kernel/clock.js';
import { checkOptionKeys } from '../kernel/option-keys.js';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly fn: () => void;
}

export interface ManualClockOptions {
  /** The wall time at which it begins. @default 2026-01-01T00:00:00Z */
  readonly now?: number | Date;
}

const BEGINNING = Date.UTC(2026, 0, 1);
/** Quiet turns of the event loop after each timer: enough for a chain of awaits to move on. */
const TURNS = 3;
/** Milliseconds of real time after each timer for files, names and connections that are being waited for. */
const PATIENCE = 25;
/** Milliseconds more for all timers of one turn together: on a busy machine a file takes longer, but something that never comes must not cost much. */
const SPARE = 1_000;

/**
 * A clock that stands still until a test turns it.
 *
 * @example
 * const app = await testApplication(AppModule).start();
 * await app.clock.advance(10_000);
 */
export class ManualClock extends Clock {
  /** Wall time at which nothing had passed. */
  #origin: number;
  #elapsed = 0;
  #count = 0;
  /** What is left of the additional patience. */
  #spare = SPARE;
  readonly #timers = new Set<Timer>();
  /** Whoever waits for a wall time, to be woken when it jumps. */
  readonly #wallSleepers = new Set<AbortController>();

  constructor(options: ManualClockOptions = {}) {
    super();
    checkOptionKeys('new ManualClock()', options, ['now']);
    this.#origin = Number(options.now ?? BEGINNING);
  }

  /** In whole milliseconds as the system's, also after a timer of a fraction of one. */
  now(): number {
    return Math.floor(this.#origin + this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimeout(fn: () => void, ms: number): Release {
    checkDuration('clock.setTimeout()', ms);
    const timer: Timer = { due: this.#elapsed + ms, order: this.#count++, fn };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Ends at whichever comes first, virtual or real time, so that a hang is always reported. */
  override setDeadline(fn: () => void, ms: number): Release {
    const releases: Release[] = [];
    const end = () => {
      for (const release of releases) release();
      fn();
    };
    releases.push(this.setTimeout(end, ms), systemClock.setTimeout(end, ms));
    return () => {
      for (const release of releases) release();
    };
  }

  /** In one piece, so that a cron of next month is one timer; a jump wakes it. */
  override async sleepUntil(time: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const jump = new AbortController();
    this.#wallSleepers.add(jump);
    try {
      const either = signal ? AbortSignal.any([signal, jump.signal]) : jump.signal;
      await this.sleep(Math.max(0, time - this.#origin - this.#elapsed), { signal: either });
    } catch (thrown) {
      if (!jump.signal.aborted) throw thrown;
    } finally {
      this.#wallSleepers.delete(jump);
    }
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Turns the clock: timers fire in order of time, and after each one promises and input/output settle.
   *
   * @param ms - how far; 0 fires what is due now
   */
  async advance(ms: number): Promise<void> {
    checkDuration('clock.advance()', ms);
    const end = this.#elapsed + ms;
    this.#spare = SPARE;
    await this.#settle();
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#moveTo(timer.due);
      this.#timers.delete(timer);
      timer.fn();
      await this.#settle();
    }
    this.#moveTo(end);
    await this.#settle();
  }

  /** Moves the wall clock alone, as a user or a time server would; durations do not notice. */
  jump(ms: number): void {
    this.#origin += ms;
    for (const sleeper of this.#wallSleepers) sleeper.abort();
  }

  /** Lets promises and input/output settle without moving the time. */
  settle(): Promise<void> {
    this.#spare = SPARE;
    return this.#settle();
  }

  async #settle(): Promise<void> {
    const begun = systemClock.monotonic();
    const waited = () => systemClock.monotonic() - begun;
    const patience = PATIENCE + this.#spare;
    for (let quiet = 0; quiet < TURNS; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = waitsForInput() && waited() < patience ? 0 : quiet + 1;
    }
    this.#spare -= Math.min(this.#spare, Math.max(0, waited() - PATIENCE));
  }

  #moveTo(time: number): void {
    this.#elapsed = time;
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due > end) continue;
      if (!next || timer.due < next.due || (timer.due === next.due && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** Whether a request to the system is under way: a file being read, a name looked up, a connection made. */
function waitsForInput(): boolean {
  return process.getActiveResourcesInfo().some((resource) => resource.includes('Req') || resource === 'TCPConnectWrap');
}
