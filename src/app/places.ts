// Where classes are written: file and line, for errors at boot. Not in production.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Birth } from '../kernel/birth.js';
import type { Class } from '../kernel/token.js';

const DEVELOPMENT = process.env.NODE_ENV !== 'production';

const births = new WeakMap<Class, Birth>();
const accused = new WeakMap<Error, readonly Class[]>();
/** More places than this help nobody. */
const MAX_PLACES = 5;

/** The moment at which a decorator is made; only a trace is kept, which is read when a boot has failed. */
export function decoratorBirth(): Birth | undefined {
  return DEVELOPMENT ? new Birth() : undefined;
}

/** Remembers where a class is written. */
export function notePlace(target: Class, birth: Birth | undefined): void {
  if (birth && !births.has(target)) births.set(target, birth);
}

/** Notes which classes a fault is about. */
export function about<E extends Error>(fault: E, targets: readonly (Class | undefined)[]): E {
  const known = targets.filter((target) => target !== undefined);
  if (known.length > 0) accused.set(fault, known);
  return fault;
}

/** Where the classes of a fault are written. */
export function placesOf(fault: Error): readonly string[] {
  const targets = new Set(accused.get(fault)?.slice(0, MAX_PLACES));
  return [...targets].flatMap((target) => placeOf(target) ?? []);
}

/** `src/player.ts:12`, when somebody knows; without the line when the file has several classes of that name. */
export function placeOf(target: Class): string | undefined {
  const frames = births.get(target)?.frames ?? [];
  const first = frames.findIndex(({ of }) => of === 'user');
  // A role of the user's own calls tag(): the class stands where that decorator is used.
  const own = frames[first - 1]?.name === 'tag' && frames[first + 1]?.of === 'user';
  const place = frames[own ? first + 1 : first]?.place;
  if (place === undefined) return undefined;
  const file = place.replace(/:\d+:\d+$/, '');
  return shortened(file) + (lineOf(target.name, file) ?? '');
}

/** Looked up in the file: compilers give decorators no line, or a wrong one. */
function lineOf(name: string, file: string): string | undefined {
  const found = linesOf(file).flatMap((text, i) => (wordsOf(text).includes(`class ${name}`) ? [`:${i + 1}`] : []));
  return found.length === 1 ? found[0] : undefined;
}

function wordsOf(text: string): readonly string[] {
  return text.match(/\bclass [\w$]+/g) ?? [];
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** Relative to where the program was started, when the file is below it. */
function shortened(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}
