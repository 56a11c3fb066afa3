// What state is made of: plain objects and arrays are levels; anything else is one value.
import { InvalidArgumentError, type SpecterError } from './errors.js';
import { isForbidden } from './path.js';

/** A plain object or an array. A level that can be extended is ours alone; one that somebody has seen is frozen. */
export type Level = Record<string, unknown>;

/** Deeper than any state, and shallow enough for the stack: what goes on beyond it is a ring. */
const DEEPEST = 500;

/** How much of a path an error shows. */
const SHOWN = 100;

/** Up to this many keys, spreading an object is the fastest way to copy it; beyond, it is the slowest. */
const NARROW = 20;

/** Levels that are known to be frozen all the way down. */
const settled = new WeakSet<object>();

/** Of a level that was copied from a frozen one: the keys under which something was opened since. The rest is frozen. */
const opened = new WeakMap<Level, Set<string>>();

/** Whether a value is a plain object or an array, of this realm or another. */
export function isLevel(value: unknown): value is Level {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** Whether a value is a plain object. */
export function isRecord(value: unknown): value is Level {
  return isLevel(value) && !Array.isArray(value);
}

/** What is under a key of a value; nothing that is inherited. */
export function childOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Level)[key];
}

/** A copy of one level; what is in it is shared. */
export function copyLevel(level: Level): Level {
  if (Array.isArray(level)) return level.slice() as unknown as Level;
  const keys = Object.keys(level);
  return keys.length <= NARROW ? { ...level } : copyWide(level, keys);
}

/** Without a prototype to look at, the engine fills a hash table at once: four times as fast as spreading 1,000 keys. */
function copyWide(level: Level, keys: readonly string[]): Level {
  const copy = Object.create(null) as Level;
  for (const key of keys) copy[key] = level[key];
  return Object.setPrototypeOf(copy, Object.prototype);
}

/** A level that may be written: itself when nobody has seen it, else a copy. */
export function openLevel(level: Level): Level {
  if (Object.isExtensible(level)) return level;
  const copy = copyLevel(level);
  opened.set(copy, new Set());
  return copy;
}

/** Puts a level that may be written into another one. */
export function putOpen(level: Level, key: string, child: Level): void {
  level[key] = child;
  opened.get(level)?.add(key);
}

/** Takes something out of a level that may be written; in an array the rest moves up. */
export function takeOut(level: Level, key: string): void {
  if (Array.isArray(level)) {
    level.splice(Number(key), 1);
    opened.delete(level);
  } else {
    delete level[key];
    opened.get(level)?.delete(key);
  }
}

/**
 * A deep copy of a first value.
 *
 * @throws SPECTER_INVALID_ARGUMENT when something in it is not data
 */
export function copyData(where: string, value: unknown, depth = 0): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw notData(where, value);
  if (typeof value !== 'object' || value === null) return value;
  if (!isLevel(value)) return copyValue(where, value);
  checkDepth(where, depth);
  const copy = copyLevel(value);
  for (const key of Object.keys(copy)) copy[key] = copyData(`${where}.${key}`, copy[key], depth + 1);
  return copy;
}

/** A clone of an instance has lost its class, and would be plain where the original was not. */
function copyValue(where: string, value: object): unknown {
  let clone: unknown;
  try {
    clone = structuredClone(value);
  } catch {
    throw notData(where, value);
  }
  if (isLevel(clone)) throw notData(where, value);
  return clone;
}

function notData(where: string, value: unknown): SpecterError {
  return new InvalidArgumentError(
    where,
    'plain data, without functions and instances of classes (of one that is data a copy: { ...it })',
    value,
  );
}

/**
 * Freezes a value that comes from outside all the way down, so that nobody changes it behind our back.
 *
 * @throws SPECTER_INVALID_ARGUMENT when something in it is not data, or it is nested too deep, or in a ring
 */
export function settle(where: string, value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return isPrimitive(value) ? value : refuse(where, value);
  if (settled.has(value)) return value;
  if (!isLevel(value)) return isOneValue(value) ? value : refuse(where, value);
  checkDepth(where, depth);
  for (const key of Object.keys(value)) settle(where, value[key], depth + 1);
  settled.add(value);
  return Object.freeze(value);
}

function refuse(where: string, value: unknown): never {
  throw notData(where, value);
}

const VALUES = new Set(['Date', 'RegExp', 'Map', 'Set', 'Error', 'ArrayBuffer', 'SharedArrayBuffer', 'Boolean', 'Number', 'String', 'BigInt'].map((name) => `[object ${name}]`)); // biome-ignore format: a list
const { toString: tagOf } = Object.prototype;

function isPrimitive(value: unknown): boolean {
  return typeof value !== 'function' && typeof value !== 'symbol';
}

/** An instance of a class would be neither frozen nor kept apart from what a draft does to it. */
function isOneValue(value: object): boolean {
  return ArrayBuffer.isView(value) || VALUES.has(tagOf.call(value));
}

/** Freezes what is about to be seen. A level that is frozen already was seen before, with all that is in it. */
export function expose(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.isExtensible(value) || !isLevel(value)) return value;
  for (const key of opened.get(value) ?? Object.keys(value)) expose(value[key]);
  opened.delete(value);
  settled.add(value);
  return Object.freeze(value);
}

/** @throws SPECTER_INVALID_ARGUMENT when a value would not come back the same from JSON */
export function checkJson(where: string, value: unknown): void {
  const path = unkeepable(where, value, 0);
  if (path === undefined) return;
  const cures = 'a Date as a number, a Map as an object';
  throw new InvalidArgumentError(
    `${where}${path}`,
    `what JSON can keep, because it is persisted (${cures})`,
    at(value, path),
  );
}

/** The path to the first thing that JSON would lose or change. */
function unkeepable(where: string, value: unknown, depth: number): string | undefined {
  if (!isLevel(value)) return isJsonScalar(value) ? undefined : '';
  checkDepth(where, depth);
  const list = Array.isArray(value);
  for (const key of Object.keys(value)) {
    if (isForbidden(key)) return `.${key}`;
    if (value[key] === undefined && !list) continue;
    const below = unkeepable(where, value[key], depth + 1);
    if (below !== undefined) return `.${key}${below}`;
  }
  return undefined;
}

function at(value: unknown, path: string): unknown {
  return path.split('.').slice(1).reduce<unknown>(childOf, value);
}

function isJsonScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

/** @throws SPECTER_INVALID_ARGUMENT when something goes deeper than any data does */
export function checkDepth(where: string, depth: number): void {
  if (depth > DEEPEST)
    throw new InvalidArgumentError(
      where.slice(0, SHOWN),
      `values nested at most ${DEEPEST} deep, and not in a ring`,
      depth,
    );
}
