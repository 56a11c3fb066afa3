// HookTrace: watches the onStart and onStop of some objects, and tells when they do not strictly alternate.
import { isThenable } from '../kernel/thenable.js';

type Hook = (...parameters: unknown[]) => unknown;

/** An object that may have hooks. */
export interface HookOwner {
  readonly name?: string;
  readonly running?: boolean;
  onStart?: Hook;
  onStop?: Hook;
}

/** Undefined until a hook has told, for an object that cannot say whether it runs. */
type State = 'stopped' | 'starting' | 'running' | 'stopping' | undefined;

/** What may follow a hook's beginning, and what it leads to. */
const RULES = {
  onStart: { from: 'stopped', during: 'starting', to: 'running' },
  onStop: { from: 'running', during: 'stopping', to: 'stopped' },
} as const satisfies Record<string, { from: State; during: State; to: State }>;

/** Wraps the hooks of each object until `restore()`. */
export class HookTrace {
  starts = 0;
  stops = 0;
  readonly #broken: string[] = [];
  readonly #states = new Map<HookOwner, State>();
  readonly #restore: (() => void)[] = [];

  constructor(owners: readonly HookOwner[]) {
    for (const owner of owners) {
      this.#states.set(owner, owner.running === undefined ? undefined : owner.running ? 'running' : 'stopped');
      for (const hook of ['onStart', 'onStop'] as const) this.#wrap(owner, hook);
    }
  }

  /** What went wrong: hooks out of turn, and those that never got their counterpart. */
  get faults(): readonly string[] {
    const up = [...this.#states].filter(([, state]) => state !== 'stopped' && state !== undefined);
    return [...this.#broken, ...up.map(([owner, state]) => `${nameOf(owner)} is ${state} in the end`)];
  }

  /** Gives the objects their own hooks back. */
  restore(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  #wrap(owner: HookOwner, hook: 'onStart' | 'onStop'): void {
    const own = Object.getOwnPropertyDescriptor(owner, hook);
    const original = owner[hook];
    const value = (...parameters: unknown[]) => this.#call(owner, hook, () => original?.apply(owner, parameters));
    Object.defineProperty(owner, hook, { value, configurable: true, writable: true });
    this.#restore.push(() => {
      if (own) Object.defineProperty(owner, hook, own);
      else delete owner[hook];
    });
  }

  #call(owner: HookOwner, hook: 'onStart' | 'onStop', original: () => unknown): unknown {
    const rule = RULES[hook];
    this.#count(hook);
    const was = this.#states.get(owner);
    if (was !== undefined && was !== rule.from)
      this.#broken.push(`${nameOf(owner)}.${hook}() was called while it was ${was}`);
    this.#states.set(owner, rule.during);
    // A start that fails leads back to where it came from; a stop that fails is a stop all the same.
    const done = () => this.#states.set(owner, rule.to);
    const failed = (thrown: unknown) => {
      this.#states.set(owner, 'stopped');
      throw thrown;
    };
    try {
      const result = original();
      if (isThenable(result)) return Promise.resolve(result).then(done, failed);
      done();
      return result;
    } catch (thrown) {
      return failed(thrown);
    }
  }

  #count(hook: 'onStart' | 'onStop'): void {
    if (hook === 'onStart') this.starts++;
    else this.stops++;
  }
}

function nameOf(owner: HookOwner): string {
  return owner.name ?? owner.constructor.name;
}
