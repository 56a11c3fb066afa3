// Owned timers on the scope's clock; the ticks of an interval never overlap.
import { checkDuration, type Release } from './clock.js';
import { errorOf, InvalidArgumentError } from './errors.js';
import type { Holding, Scope } from './scope.js';

/** Calls `fn` every `ms`, arming the next tick when the last call has settled. */
export function startInterval(scope: Scope, fn: () => unknown, ms: number): Release {
  if (!isTimer(fn, ms) || ms < 1) throw invalid(`${scope.service}.interval()`, fn, ms);
  return new OwnedTimer(scope, fn, ms).repeat();
}

/** Calls `fn` once after `ms`. */
export function startTimeout(scope: Scope, fn: () => unknown, ms: number): Release {
  if (!isTimer(fn, ms)) throw invalid(`${scope.service}.timeout()`, fn, ms);
  return new OwnedTimer(scope, fn, ms).start();
}

/** One object for all that a timer needs: there may be very many. */
class OwnedTimer implements Holding {
  readonly #scope: Scope;
  readonly #fn: () => unknown;
  readonly #ms: number;
  #again = false;
  /** Undefined once it has been cancelled. */
  #disarm: Release | undefined;
  #ticking = false;
  #tick: Promise<void> | undefined;

  constructor(scope: Scope, fn: () => unknown, ms: number) {
    this.#scope = scope;
    this.#fn = fn;
    this.#ms = ms;
  }

  get kind() {
    return 'timer' as const;
  }

  get label(): string {
    const { name } = this.#fn;
    return `${this.#again ? 'interval' : 'timeout'} of ${this.#ms} ms${name && ` (${name})`}`;
  }

  repeat(): Release {
    this.#again = true;
    return this.start();
  }

  start(): Release {
    this.#scope.take(this);
    this.#arm();
    return () => this.#end();
  }

  /** Cancels it; what it gives is the tick at hand, if there is one. */
  release(): unknown {
    this.#disarm?.();
    this.#disarm = undefined;
    return this.#tick;
  }

  get quiesce() {
    return this.release;
  }

  #arm(): void {
    this.#disarm = this.#scope.clock.setTimeout(() => {
      this.#ticking = true;
      this.#tick = this.#fire();
    }, this.#ms);
  }

  /** A tick at hand stays owned until it has ended, so that it cannot outlive its owner. */
  #end(): void {
    if (this.#ticking) this.release();
    else this.#scope.giveBack(this);
  }

  async #fire(): Promise<void> {
    try {
      await this.#fn.call(undefined);
    } catch (thrown) {
      const { service, events } = this.#scope;
      events.emit('timer-failed', { service, timer: this.label, error: errorOf(thrown) });
    }
    this.#ticking = false;
    this.#tick = undefined;
    if (this.#again && this.#disarm) this.#arm();
    else this.#scope.forget(this);
  }
}

function isTimer(fn: unknown, ms: number): boolean {
  return typeof fn === 'function' && Number.isFinite(ms) && ms >= 0;
}

function invalid(where: string, fn: unknown, ms: number): Error {
  if (typeof fn !== 'function') return new InvalidArgumentError(where, 'a function', fn);
  checkDuration(where, ms);
  return new InvalidArgumentError(where, 'at least 1 millisecond', ms);
}
