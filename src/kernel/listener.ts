// Listener: one that listens on the bus, in the list of its event and in the ledger of its owner.
import type { Birth } from './birth.js';
import type { Release } from './clock.js';
import type { Holding, Owner, Scope } from './scope.js';

/** What a listener is made of. */
interface Listening {
  readonly fn: (data: unknown) => unknown;
  /** What `off` knows it by. */
  readonly given: unknown;
  readonly priority: number;
  /** The name of its owner, for reports. */
  readonly owner: string;
  readonly birth: Birth | undefined;
  readonly ending: Ending | undefined;
}

/** For whoever is more than a function to call. */
export interface Ending {
  /** Called when somebody else clears it away. */
  readonly cleared: () => void;
  /** It waits for one event and then ends by itself. */
  readonly passing?: boolean;
}

/** One listener, for whoever looks for what was left behind. */
export interface ListenerNote {
  readonly event: string;
  readonly owner: string;
  readonly birth: string | undefined;
}

/** One object for all that a listener needs: there may be very many. */
export class Listener implements Holding {
  readonly fn: Listening['fn'];
  readonly given: unknown;
  readonly priority: number;
  readonly owner: string;
  readonly ending: Listening['ending'];
  birth: Birth | undefined;
  readonly #list: Listeners;
  /** The ledger that has it. */
  #scope: Scope | undefined;
  #leave: Release | undefined;

  constructor(list: Listeners, { fn, given, priority, owner, birth, ending }: Listening) {
    this.fn = fn;
    this.given = given;
    this.priority = priority;
    this.owner = owner;
    this.birth = birth;
    this.ending = ending;
    this.#list = list;
    list.add(this);
  }

  get kind() {
    return 'listener' as const;
  }

  get label(): string {
    return this.#list.event;
  }

  /** Ends with a scope. */
  heldBy(scope: Scope): void {
    this.#scope = scope.take(this);
  }

  /** Ends with an owner that keeps its own books. */
  endedBy(owner: Owner): void {
    this.#leave = owner.addCleanup(() => this.release());
  }

  /** Ends the listening, in the ledger of its owner too. */
  end(): void {
    if (this.#scope) this.#scope.giveBack(this);
    else if (this.#leave) this.#leave();
    else this.release();
  }

  release(): void {
    this.#list.remove(this);
  }

  get quiesce() {
    return this.release;
  }
}

/** Those of one event, in order of priority and arrival. An emit under way keeps the list that it has seen. */
export class Listeners {
  readonly event: string;
  readonly #emptied: () => void;
  #list: Listener[] = [];
  #seen = false;

  /** @param emptied - called when the last one has gone */
  constructor(event: string, emptied: () => void) {
    this.event = event;
    this.#emptied = emptied;
  }

  get size(): number {
    return this.#list.length;
  }

  /** Those of this moment. */
  get snapshot(): readonly Listener[] {
    this.#seen = true;
    return this.#list;
  }

  add(listener: Listener): void {
    const list = this.#changeable;
    let at = list.length;
    while (at > 0 && (list[at - 1]?.priority ?? 0) > listener.priority) at--;
    if (at === list.length) list.push(listener);
    else list.splice(at, 0, listener);
  }

  /** Looks from the end: what came last goes first when an owner stops. */
  remove(listener: Listener): void {
    const list = this.#changeable;
    const at = list.lastIndexOf(listener);
    if (at < 0) return;
    if (at === list.length - 1) list.pop();
    else list.splice(at, 1);
    if (list.length === 0) this.#emptied();
  }

  get #changeable(): Listener[] {
    if (this.#seen) this.#list = [...this.#list];
    this.#seen = false;
    return this.#list;
  }
}
