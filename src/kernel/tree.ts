// Tree: nested data that is changed in place until somebody has seen it, then by copying the levels on the way.
import { InvalidArgumentError } from './errors.js';
import { childOf, expose, isLevel, type Level, openLevel, putOpen, takeOut } from './levels.js';

type Keys = readonly string[];

/**
 * A snapshot is a promise only to who holds it. So a write copies a level only when it has been seen since it was made;
 * copying a level of 1,000 keys costs a hundred times the write.
 */
export class Tree {
  #root: Level;

  /** @param root - handed over: nobody else holds it */
  constructor(root: Level) {
    this.#root = root;
  }

  /** All of it as it is, for reading at once: not to be kept and not to be handed out. */
  get root(): Level {
    return this.#root;
  }

  /** What is at that place, as it is. */
  read(keys: Keys): unknown {
    let value: unknown = this.#root;
    for (const key of keys) value = childOf(value, key);
    return value;
  }

  /** What is at that place, frozen for good. */
  snapshot(keys: Keys): unknown {
    return expose(this.read(keys));
  }

  /** Puts another root in place. */
  replace(root: Level): void {
    this.#root = root;
  }

  /** Writes one place; missing levels on the way are made. `keys` must have passed `check`. */
  write(keys: Keys, value: unknown): void {
    const level = this.#open(keys.slice(0, -1));
    level[keys.at(-1) as string] = value;
  }

  /** Takes one place away; in an array the rest moves up. */
  remove(keys: Keys): void {
    takeOut(this.#open(keys.slice(0, -1)), keys.at(-1) as string);
  }

  /** @throws SPECTER_INVALID_ARGUMENT when the way leads through a plain value, or past the end of an array */
  check(where: string, keys: Keys): void {
    let value: unknown = this.#root;
    for (const key of keys) {
      if (value === undefined || value === null) return;
      if (!isLevel(value)) throw new InvalidArgumentError(where, `an object or array above "${key}"`, value);
      if (Array.isArray(value) && !isIndex(key, value.length)) {
        throw new InvalidArgumentError(where, `an index of at most ${value.length} in the array`, key);
      }
      value = childOf(value, key);
    }
  }

  /** The level at that place, ready to be written. */
  #open(keys: Keys): Level {
    let level = openLevel(this.#root);
    this.#root = level;
    for (const key of keys) {
      const child = childOf(level, key) as Level | null | undefined;
      const open = openLevel(child ?? {});
      if (open !== child) putOpen(level, key, open);
      level = open;
    }
    return level;
  }
}

function isIndex(key: string, most: number): boolean {
  return /^(0|[1-9]\d*)$/.test(key) && Number(key) <= most;
}
