// Packages that only some tests need: loaded on first use, and named in types only where they are installed.
import { createRequire } from 'node:module';
import { MissingPackageError } from './errors.js';

declare const missing: unique symbol;
/** What nothing that is installed can be. */
interface Missing {
  readonly [missing]: true;
}

/** What a package itself says; where it is not installed the compiler takes that for `any`, and then it is what we say of it. */
export type Installed<Theirs, Ours> = { of: Theirs } extends { of: Missing } ? Ours : Theirs;

/** What comes over the wire, typed as what `JSON.parse` gives. */
export type Received = ReturnType<typeof JSON.parse>;

/** @throws SPECTER_MISSING_PACKAGE */
export function load<T>(packageName: string, what: string): T {
  try {
    return createRequire(import.meta.url)(packageName) as T;
  } catch (cause) {
    throw new MissingPackageError(what, packageName, cause);
  }
}
