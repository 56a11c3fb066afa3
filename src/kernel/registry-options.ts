// ProvideOptions and RegistryWait: how something is put into the registry, and how one waits for it.
import { checkOptionKeys } from './option-keys.js';
import type { Owner } from './scope.js';

export interface ProvideOptions {
  /** Takes the entry away when it stops. */
  readonly owner?: Owner;
  /** Take the place of an entry under the same key. @default false */
  readonly replace?: boolean;
}

export interface RegistryWait {
  /** Milliseconds until it rejects. @default 10,000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Who waits: named in the error, and checked for rings of waits. */
  readonly owner?: Owner;
}

const PROVIDE = ['owner', 'replace'] satisfies (keyof ProvideOptions)[];
const WAIT = ['timeout', 'signal', 'owner'] satisfies (keyof RegistryWait)[];

/** @throws SPECTER_INVALID_ARGUMENT for one that nobody reads */
export function checkProvideOptions(options: ProvideOptions): void {
  checkOptionKeys('registry.provide()', options, PROVIDE);
}

/** @throws SPECTER_INVALID_ARGUMENT for one that nobody reads */
export function checkRegistryWait(options: RegistryWait): void {
  checkOptionKeys('registry.waitFor()', options, WAIT);
}
