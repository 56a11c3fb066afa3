// Adoption: what a parent keeps of a child that may stop, start again, and end at any time.
import type { Release } from './clock.js';
import { errorOf } from './errors.js';
import type { Keeper, Runner } from './runner.js';
import type { Scope } from './scope.js';
import { isThenable } from './thenable.js';

/** What a parent says of a child. */
export interface AdoptOptions<C> {
  /** @default true */
  readonly start?: boolean;
  readonly onFailure?: (error: Error, child: C) => unknown;
}

/** A child is in its parent's ledger while it has anything open; a stopped one that has nothing is forgotten until it starts again. */
export class Adoption implements Keeper {
  readonly #parent: Scope;
  readonly #child: Runner;
  /** Before its first start a parent has no run that a child could come back to, so such a child stays. */
  readonly #stays: boolean;
  #forget: Release | undefined;
  #ended = false;

  /** @throws SPECTER_SCOPE_CLOSED when the parent is stopping or has stopped; the child is released then */
  constructor(parent: Runner, child: Runner, onFailure?: (error: Error) => unknown) {
    this.#parent = parent.scope;
    this.#child = child;
    this.#stays = parent.scope.current === parent.scope;
    try {
      this.#hold();
      // Nobody restarts a child but its parent, so what a child cannot live with is its parent's to fail with.
      child.onFailure = onFailure ? caring(parent, onFailure) : (error) => parent.fail(error);
    } catch (refusal) {
      void child.dispose();
      throw refusal;
    }
  }

  get holds(): boolean {
    return this.#forget !== undefined;
  }

  /** @throws SPECTER_SCOPE_CLOSED when the parent is stopping or has stopped */
  starting(): void {
    if (!this.holds && !this.#ended) this.#hold();
  }

  stopped(): void {
    if (!this.#stays && this.#child.scope.size === 0) this.#drop();
  }

  disposed(): void {
    this.#ended = true;
    this.#child.onFailure = undefined;
    this.#drop();
  }

  #hold(): void {
    const child = this.#child;
    this.#forget = this.#parent.hold({
      kind: 'child',
      label: child.name,
      release: () => (this.holds ? child.dispose() : undefined),
      inside: () => child.scope.tree(),
    });
  }

  #drop(): void {
    const forget = this.#forget;
    this.#forget = undefined;
    forget?.();
  }
}

/** A parent that cannot cope with a child's failure has failed itself. */
function caring(parent: Runner, onFailure: (error: Error) => unknown): (error: Error) => void {
  const unable = (thrown: unknown) => parent.fail(errorOf(thrown));
  return (error) => {
    try {
      const result = onFailure(error);
      if (isThenable(result)) result.then(undefined, unable);
    } catch (thrown) {
      unable(thrown);
    }
  };
}
