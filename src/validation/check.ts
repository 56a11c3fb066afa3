// Check: one input on its way through the gate, and what is found on the way.
import type { FaultSource } from '../kernel/problem.js';
import { Echo } from './echo.js';
import { ValidationError } from './errors.js';
import { Faults } from './faults.js';

/** How inputs of one kind are read. */
export interface CheckOptions {
  readonly in: FaultSource;
  /** Values are texts, and are converted strictly. */
  readonly convert: boolean;
}

/** Where everybody else's names arrive, too, so that an unknown one is no fault. */
const SHARED: ReadonlySet<FaultSource> = new Set(['headers', 'cookies', 'env']);

/** Collects faults, waits for asynchronous rules, and ends in a value or in one rejection. */
export class Check {
  readonly faults: Faults;
  readonly echo: Echo;
  readonly convert: boolean;
  /** Whether a key that nobody declared is a fault. */
  readonly strictKeys: boolean;
  /** The places where the input itself said null. Made at the first one. */
  #nulls: Set<string> | undefined;
  #pending: Promise<void>[] = [];
  readonly #last: (() => void)[] = [];
  #thrown: { readonly error: unknown } | undefined;

  constructor(input: unknown, options: CheckOptions) {
    this.faults = new Faults(options.in);
    this.echo = new Echo(input);
    this.convert = options.convert;
    this.strictKeys = !SHARED.has(options.in);
  }

  /** The input itself says null there. */
  foundNull(path: string): void {
    this.#nulls ??= new Set();
    this.#nulls.add(path);
  }

  isNull(path: string): boolean {
    return this.#nulls?.has(path) ?? false;
  }

  /** Runs the application's own code. What it throws is kept: the rules beside it are asked all the same. */
  attempt<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      this.threw(error);
      return undefined;
    }
  }

  /** The first thing thrown is the rejection's cause, or, when nothing else is wrong, what the caller gets. */
  threw(error: unknown): void {
    this.#thrown ??= { error };
  }

  /** Does something when everything has been found good, and no rule will look any more. */
  finally(step: () => void): void {
    this.#last.push(step);
  }

  /** Goes on when an asynchronous rule has decided. */
  wait(step: Promise<void>): void {
    this.#pending.push(step.catch((error: unknown) => this.threw(error)));
  }

  /** The value, when nothing is wrong; at once when nothing is pending. */
  settle(value: unknown): unknown {
    if (this.#pending.length === 0 && !(value instanceof Promise)) return this.#end(value);
    return this.#endLater(value);
  }

  async #endLater(value: unknown): Promise<unknown> {
    const settled = await value;
    // A rule that has decided may have asked further ones.
    while (this.#pending.length > 0) await Promise.all(this.#pending.splice(0));
    return this.#end(settled);
  }

  #end(value: unknown): unknown {
    const thrown = this.#thrown;
    if (this.faults.list.length > 0) {
      throw new ValidationError(this.faults.list, thrown ? { cause: thrown.error } : {});
    }
    if (thrown) throw thrown.error;
    for (const step of this.#last) step();
    return value;
  }
}
