// KnownActions: the names of the actions that there are, for those who tell clients of one by its name.
import { UnknownRefetchError } from './errors.js';

/** Who has the actions. */
interface ActionNames {
  readonly names: readonly string[];
  has(name: string): boolean;
}

/** Refuses names that no action has. While the application starts, some are still to come. */
export class KnownActions {
  /** Undefined where there are no actions: then a name is only a word between the application and its clients. */
  table: ActionNames | undefined;
  readonly #early = new Set<string>();
  #complete = false;

  /** @throws SPECTER_INVALID_ARGUMENT */
  check(name: string): void {
    if (!this.#complete) this.#early.add(name);
    else if (this.table && !this.table.has(name)) throw new UnknownRefetchError(name, this.table.names);
  }

  /** Everything has started. @throws SPECTER_INVALID_ARGUMENT for a name that came before, and that nobody has */
  complete(): void {
    this.#complete = true;
    for (const name of this.#early) this.check(name);
    this.#early.clear();
  }
}
