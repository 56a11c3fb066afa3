// Persistence: the port through which a state outlives its process, and how what was kept meets what the program declares.
import { childOf, isRecord, type Level } from './levels.js';
import { token } from './token.js';

/** How a state is kept. */
export interface PersistOptions {
  /** The version of its shape. Raise it together with a `migrate`. @default 1 */
  readonly version?: number;
  /** Turns what an older version kept into the present shape. */
  readonly migrate?: (value: unknown, version: number) => unknown;
}

export const PERSIST: readonly string[] = ['version', 'migrate'] satisfies (keyof PersistOptions)[];

/** What is kept of a state. */
export interface Kept {
  readonly value: unknown;
  /** Places that the first value declares and this value lacks: they were deleted, and do not come back. */
  readonly deleted: readonly (readonly string[])[];
}

/** A state that is being kept. */
export interface Keeping {
  /** What was kept when it began, in the present shape. */
  readonly kept: Kept | undefined;
  /** Says that there is something to write. */
  changed(): void;
  /** Resolves when all that was changed before is committed. */
  flush(): Promise<void>;
  /** Writes what is left, and gives the name back. */
  release(): Promise<void>;
}

/** Keeps states under their names. Storage implements it; the kernel finds it by `PERSISTENCE`. */
export interface Persistence {
  /**
   * Begins to keep a state.
   *
   * @param read - gives what is to be written, at the moment of writing
   * @throws when another state has that name, or what was kept cannot be read
   */
  keep(name: string, options: PersistOptions & { readonly read: () => Kept }): Keeping;
}

/** Where an application has its persistence. */
export const PERSISTENCE = token<Persistence>('persistence');

/** What is to be kept of a value. */
export function keptOf(initial: Level, value: Level): Kept {
  return { value, deleted: missing(initial, value, []) };
}

/** Lays what was kept over a first value: new declarations keep their defaults, deleted places stay away. */
export function restore(initial: Level, kept: Kept): Level {
  if (!isRecord(kept.value)) return initial;
  overlay(initial, kept.value);
  for (const keys of kept.deleted) removeUnless(initial, keys, kept.value);
  return initial;
}

function missing(initial: Level, value: Level, above: readonly string[]): string[][] {
  return Object.keys(initial).flatMap((key) => {
    const declared = initial[key];
    const present = childOf(value, key);
    if (present === undefined) return [[...above, key]];
    return isRecord(declared) && isRecord(present) ? missing(declared, present, [...above, key]) : [];
  });
}

function overlay(below: Level, above: Level): void {
  for (const key of Object.keys(above)) {
    const present = childOf(below, key);
    const value = above[key];
    if (isRecord(present) && isRecord(value)) overlay(present, value);
    else below[key] = value;
  }
}

function removeUnless(level: Level, keys: readonly string[], kept: unknown): void {
  const [key, ...rest] = keys;
  if (key === undefined || !Object.hasOwn(level, key)) return;
  const there = childOf(kept, key);
  const below = level[key];
  if (rest.length > 0 && isRecord(below)) removeUnless(below, rest, there);
  else if (rest.length === 0 && there === undefined) delete level[key];
}
