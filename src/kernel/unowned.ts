// Unowned: the keeper of what nobody owns. It keeps nothing; whoever looks for leaks can follow what starts without an owner.
import { Birth, type Frame } from './birth.js';
import type { Release } from './clock.js';
import type { Keeper, Runner } from './runner.js';

/** Is told of each start, and of each end. */
export interface Follower {
  started(run: Unowned): void;
  ended(run: Unowned): void;
}

const followers = new Set<Follower>();

/** Follows whatever starts without an owner in this process, from now on. What nobody owns belongs to no application either. */
export function followUnowned(follower: Follower): Release {
  followers.add(follower);
  return () => void followers.delete(follower);
}

/** What it is. */
interface Kind {
  /** For a report. */
  readonly kind: 'watcher' | 'lifecycle';
  /** The class of one that is made with `new`. */
  readonly target?: unknown;
}

/** Watchers that nobody has started yet, the latest ones, in the order in which they were made. */
const idle = new Set<Unowned>();
const MOST_IDLE = 100;

/** Remembers what is idle now. @returns tells, once, which watchers were made since then, and neither started nor adopted */
export function idleSince(): () => readonly Unowned[] {
  const before = new WeakSet(idle);
  return () => {
    const since = [...idle].filter((one) => !before.has(one) && !one.isAdopted);
    for (const one of since) idle.delete(one);
    return since;
  };
}

/** In the place of an owner. */
export class Unowned implements Keeper {
  /** Anybody may adopt it. */
  readonly holds = false;
  readonly kind: string;
  readonly #runner: Runner;
  readonly #target: unknown;
  readonly #birth: Birth | undefined;

  constructor(runner: Runner, { kind, target }: Kind) {
    this.kind = kind;
    this.#runner = runner;
    this.#target = target;
    // A parent may have very many children, each of which belongs to nobody until it is adopted.
    if (!target || followers.size > 0) this.#birth = new Birth();
    if (kind === 'watcher') this.#waits();
  }

  get name(): string {
    return this.#runner.name;
  }

  /** File and line that made it, not those of its own constructors; of a lifecycle only when somebody follows. */
  get place(): string | undefined {
    const own = new Set<string | undefined>();
    for (let at = this.#target; typeof at === 'function'; at = Object.getPrototypeOf(at)) own.add(at.name);
    const isMaker = ({ of, line }: Frame) => of === 'user' && !own.has(/at new (\S+)/.exec(line)?.[1]);
    return this.#birth?.frames.find(isMaker)?.place;
  }

  /** Whether somebody answers for it since. */
  get isAdopted(): boolean {
    return this.#runner.keeper !== this;
  }

  starting(): void {
    idle.delete(this);
    for (const follower of followers) follower.started(this);
  }

  stopped(): void {
    for (const follower of followers) follower.ended(this);
  }

  disposed(): void {
    idle.delete(this);
  }

  /** Of one that nobody will ever start, not more is kept than it takes to tell it. */
  #waits(): void {
    idle.add(this);
    const [first] = idle;
    if (idle.size > MOST_IDLE && first) idle.delete(first);
  }
}

/** Says of something that nobody owns it. */
export function unowned(runner: Runner, kind: Kind): Runner {
  runner.keeper = new Unowned(runner, kind);
  return runner;
}
