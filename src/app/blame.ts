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
  /** Of which application. */
  readonly of: Within;
}

/** One for all applications: it holds nothing, the host hands a value on from each piece of work to what that begins. */
const works = new AsyncLocalStorage<Work>();

/** From this version on following work costs next to nothing: the host does it without a hook on each promise. */
const CHEAP_SINCE = 24;

/** Makes what one application does its work in. */
export function blaming(): Within {
  const within: Within = (service, work, birth) => works.run({ service, birth, of: within }, work);
  return within;
}

/** Whose work is at hand, unless it is another application's. Ask where the error arrives, before anything is awaited. */
export function blameFor(within: Within | undefined): Blame | undefined {
  const work = works.getStore();
  if (!work || work.of !== within) return undefined;
  const birth = work.birth?.place;
  return { service: work.service, ...(birth === undefined ? {} : { birth }) };
}

/** Whether it is worth its cost here when nobody has said so. */
export function blamesByDefault(production: boolean, node: string = process.versions.node): boolean {
  return !production || Number.parseInt(node, 10) >= CHEAP_SINCE;
}
