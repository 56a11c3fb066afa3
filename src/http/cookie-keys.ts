// Cookie keys: what signs cookies and knows signed ones again: HMAC with SHA-256, and no short keys.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { default as Koa } from 'koa';
import { InvalidArgumentError } from '../kernel/errors.js';

/** A shorter key can be guessed from a signature. */
const SHORTEST = 32;
const WANTED = `a list of keys of at least ${SHORTEST} bytes each; the first one signs`;

/** Whether something can be `http.cookieKeys`. */
export function areCookieKeys(keys: unknown): boolean {
  return Array.isArray(keys) && keys.length > 0 && keys.every(isKey);
}

/** Gives a koa application its keys. Texts that it is given later are held to the same; koa itself would sign with SHA-1. */
export function keepKeys(application: Koa, given: readonly string[] | undefined): void {
  let keys: unknown = given && new CookieKeys(given);
  Object.defineProperty(application, 'keys', {
    get: () => keys,
    set: (next: unknown) => {
      if (Array.isArray(next)) checkKeys('app.koa.keys', next);
      keys = Array.isArray(next) ? new CookieKeys(next) : next;
    },
    configurable: true,
    enumerable: true,
  });
}

/** @throws SPECTER_INVALID_ARGUMENT */
export function checkKeys(where: string, keys: unknown): void {
  if (!areCookieKeys(keys)) throw new InvalidArgumentError(where, WANTED, keys);
}

function isKey(key: unknown): boolean {
  return typeof key === 'string' && Buffer.byteLength(key) >= SHORTEST;
}

/** What the package `cookies` asks of keys. */
class CookieKeys {
  readonly #keys: readonly string[];

  constructor(keys: readonly string[]) {
    this.#keys = [...keys];
  }

  sign(data: string): string {
    return signature(data, this.#keys[0] as string);
  }

  verify(data: string, digest: string): boolean {
    return this.index(data, digest) >= 0;
  }

  /** Which key has signed; after an earlier one than the first the cookie is signed anew. */
  index(data: string, digest: string): number {
    const given = Buffer.from(digest);
    return this.#keys.findIndex((key) => isSame(given, Buffer.from(signature(data, key))));
  }
}

function signature(data: string, key: string): string {
  return createHmac('sha256', key).update(data).digest('base64url');
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
