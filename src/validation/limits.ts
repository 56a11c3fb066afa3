// Limits: how deep, wide and large an input may be, checked before anything is made of it.
import { isUtf8 } from 'node:buffer';
import type { FaultSource } from '../kernel/problem.js';
import { BodyError } from './errors.js';

// Looked up once: what follows runs for every value of every body.
const { isArray } = Array;
const { isFinite: isFiniteNumber } = Number;
const { keys: keysOf, values: valuesOf, getPrototypeOf: prototypeOf, prototype: PLAIN } = Object;
const { toString: toText } = PLAIN;

/** How complex an input may be. */
export interface Limits {
  /** Levels of objects and arrays. @default 32 */
  readonly depth: number;
  /** Keys in one object. @default 1000 */
  readonly keys: number;
  /** Items in one array. @default 5000 */
  readonly items: number;
  /** Values in all: objects, arrays and what they hold. @default 20000 */
  readonly nodes: number;
}

/** The limits that hold when nothing else is said. */
export const DEFAULT_LIMITS: Limits = { depth: 32, keys: 1000, items: 5000, nodes: 20_000 };

/** The most that a limit can be set to without saying that it is on purpose. */
export const HARD_LIMITS: Limits = { depth: 256, keys: 5_000, items: 50_000, nodes: 100_000 };

const NAMES = Object.keys(HARD_LIMITS) as readonly (keyof Limits)[];

/** The hard limits, in words. */
export const HARD_LIMITS_TEXT = NAMES.map((name) => `${name} ${HARD_LIMITS[name]}`).join(', ');

/** Those that are beyond the hard ones, as `depth 1000`. */
export function beyondHard(limits: Partial<Limits> = {}): readonly string[] {
  return NAMES.filter((name) => (limits[name] ?? 0) > HARD_LIMITS[name]).map((name) => `${name} ${limits[name]}`);
}

/** Whether each is a size: a whole number above 0. */
export function areSizes(limits: Partial<Limits> = {}): boolean {
  return Object.values(limits).every((size) => size === undefined || (Number.isInteger(size) && size > 0));
}

/** The limits, with some of them changed; one that is undefined is not, or it would be none. */
export function limitsWith(changes: Partial<Limits> = {}, limits: Limits = DEFAULT_LIMITS): Limits {
  const { depth = limits.depth, keys = limits.keys, items = limits.items, nodes = limits.nodes } = changes;
  return { depth, keys, items, nodes };
}

/**
 * Reads a JSON body: counts its structure in the bytes, decodes strictly, parses, and looks for forbidden keys and for keys
 * that are there twice, of which two readers would not see the same one.
 *
 * @param bytes - the whole body
 * @throws BodyError (400) `SPECTER_BODY_TOO_COMPLEX`, `SPECTER_BODY_ENCODING`, `SPECTER_BODY_SYNTAX`, `SPECTER_BODY_FORBIDDEN_KEY`
 * @example
 * parseJson(Buffer.from('{"name":"Ada"}')); // { name: 'Ada' }
 */
export function parseJson(bytes: Uint8Array, limits: Limits = DEFAULT_LIMITS, source: FaultSource = 'body'): unknown {
  const written = scanJson(bytes, limits, source);
  const value = parse(textOf(bytes, source), source);
  const kept = checkStructure(value, limits, source);
  if (kept < written) throw new BodyError('SPECTER_BODY_SYNTAX', source, 'holds a key twice in one object');
  return value;
}

/**
 * The text of bytes that are valid UTF-8; a byte order mark is no part of it.
 *
 * @throws BodyError (400) `SPECTER_BODY_ENCODING`
 */
export function textOf(bytes: Uint8Array, source: FaultSource): string {
  if (!isUtf8(bytes)) throw new BodyError('SPECTER_BODY_ENCODING', source, 'is not valid UTF-8');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function parse(text: string, source: FaultSource): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, so it is not kept.
    throw new BodyError('SPECTER_BODY_SYNTAX', source, 'is not valid JSON');
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/**
 * Counts depth, keys, items and values of JSON in its bytes, once through, before anything is built of them. Exact for
 * valid JSON; what is not valid either passes or is refused here, and is the parser's to name.
 *
 * @returns how many values are written there
 * @throws BodyError (400) `SPECTER_BODY_TOO_COMPLEX`
 */
export function scanJson(bytes: Uint8Array, limits: Limits = DEFAULT_LIMITS, source: FaultSource = 'body'): number {
  const counts: number[] = [0];
  const arrays: boolean[] = [true];
  let depth = 0;
  let nodes = 1;
  let fresh = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte <= SPACE) continue;
    // An element begins after a comma, or with the first byte of a container that does not close it.
    const begins = byte === COMMA || (fresh && byte !== CLOSE_ARRAY && byte !== CLOSE_OBJECT);
    fresh = false;
    if (begins) {
      const count = (counts[depth] as number) + 1;
      if (count > (arrays[depth] ? limits.items : limits.keys)) throw tooWide(arrays[depth] === true, limits, source);
      if (++nodes > limits.nodes) throw tooMany(limits, source);
      counts[depth] = count;
    }
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > limits.depth) throw tooDeep(limits, source);
      counts[depth] = 0;
      arrays[depth] = byte === OPEN_ARRAY;
      fresh = true;
    } else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && depth > 0) depth--;
  }
  return nodes;
}

/** Where the string that opens at `start` closes, or the end of the bytes. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

/**
 * Checks an input that is a value already: its depth and size, that no key reaches a prototype, and that its numbers
 * are finite. It goes level by level rather than into itself, so no depth can exhaust the stack.
 *
 * @returns how many values it holds
 * @throws BodyError (400) `SPECTER_BODY_TOO_COMPLEX`, `SPECTER_BODY_FORBIDDEN_KEY`, or `SPECTER_BODY_SYNTAX` for 1e999
 * @example
 * checkStructure({ name: 'Ada' }, DEFAULT_LIMITS, 'payload');
 */
export function checkStructure(value: unknown, limits: Limits, source: FaultSource): number {
  let nodes = 1;
  let level: object[] = [];
  keep(value, level, source);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limits.depth) throw tooDeep(limits, source);
    const next: object[] = [];
    for (const container of level) {
      nodes += checkContainer(container, limits, source);
      if (nodes > limits.nodes) throw tooMany(limits, source);
      for (const child of isArray(container) ? container : valuesOf(container)) keep(child, next, source);
    }
    level = next;
  }
  return nodes;
}

/** Keeps what holds further values; refuses the one scalar that JSON can write and not mean. */
function keep(value: unknown, containers: object[], source: FaultSource): void {
  const type = typeof value;
  if (type === 'number' && !isFiniteNumber(value as number)) {
    throw new BodyError('SPECTER_BODY_SYNTAX', source, 'holds a number too large to be one');
  }
  if (type === 'object' && (isArray(value) || isPlainObject(value))) containers.push(value);
}

/** How many values it holds, when its size and its keys are allowed. */
function checkContainer(container: object, limits: Limits, source: FaultSource): number {
  if (isArray(container)) {
    if (container.length > limits.items) throw tooWide(true, limits, source);
    return container.length;
  }
  const keys = keysOf(container);
  if (keys.length > limits.keys) throw tooWide(false, limits, source);
  for (const key of keys) checkKey(container as Record<string, unknown>, key, source);
  return keys.length;
}

function checkKey(object: Readonly<Record<string, unknown>>, key: string, source: FaultSource): void {
  if (key !== '__proto__' && key !== 'constructor') return;
  const value = object[key];
  const reaches = key === '__proto__' || (isPlainObject(value) && Object.hasOwn(value, 'prototype'));
  if (reaches) throw new BodyError('SPECTER_BODY_FORBIDDEN_KEY', source, 'holds a key that would reach a prototype');
}

/** Whether it is an object of keys and values: no array, no date, no bytes, no collection. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = prototypeOf(value);
  return prototype === PLAIN || prototype === null || toText.call(value) === '[object Object]';
}

function tooDeep(limits: Limits, source: FaultSource): BodyError {
  return new BodyError('SPECTER_BODY_TOO_COMPLEX', source, `is nested deeper than ${limits.depth} levels`);
}

function tooWide(array: boolean, limits: Limits, source: FaultSource): BodyError {
  const what = array ? `an array of more than ${limits.items} items` : `an object of more than ${limits.keys} keys`;
  return new BodyError('SPECTER_BODY_TOO_COMPLEX', source, `holds ${what}`);
}

function tooMany(limits: Limits, source: FaultSource): BodyError {
  return new BodyError('SPECTER_BODY_TOO_COMPLEX', source, `holds more than ${limits.nodes} values`);
}
