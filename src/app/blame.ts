// Blame: in whose work something went astray, as far as the host can tell.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Birth } from '../kernel/birth.js';
import type { Within } from '../kernel/home.js';

/** Whose work an uncaught error came from. */
export interface Blame {
  readonly service: string;
  /** Where the listener was made in which it began, when that is known. */
  readonly birth?: string;
}

interface Work {
  readonly service: string;
  readonly birth: Birth | undefined;
}

/** Each application has a store of its own: one that nobody switches off costs something at every promise of the process. */
const stores = new WeakMap<Within, AsyncLocalStorage<Work>>();

/** From this version on following work costs next to nothing: the host does it without a hook on each promise. */
const CHEAP_SINCE = 24;

/** Makes what one application does its work in, until `blameNoMore`. */
export function blaming(): Within {
  const store = new AsyncLocalStorage<Work>();
  const within: Within = (service, work, birth) => (stores.has(within) ? store.run({ service, birth }, work) : work());
  stores.set(within, store);
  return within;
}

/** The application has ended: the host need not follow its work any more. */
export function blameNoMore(within: Within | undefined): void {
  if (!within) return;
  stores.get(within)?.disable();
  stores.delete(within);
}

/** Whose work of this application is at hand. Ask where the error arrives, before anything is awaited. */
export function blameFor(within: Within | undefined): Blame | undefined {
  const work = within && stores.get(within)?.getStore();
  if (!work) return undefined;
  const birth = work.birth?.place;
  return { service: work.service, ...(birth === undefined ? {} : { birth }) };
}

/** Whether it is worth its cost here when nobody has said so. */
export function blamesByDefault(production: boolean, node: string = process.versions.node): boolean {
  return !production || Number.parseInt(node, 10) >= CHEAP_SINCE;
}
