// Faults: what is found wrong with one input, until it is too much to tell.
import { type Fault, type FaultSource, MAX_FAULTS } from '../kernel/problem.js';

/** Keys come from the client: a path of them is cut, so that it cannot make the answer large. */
const LONGEST_PATH = 100;
/** A sentence that is longer than this was not written for a person. */
const LONGEST_MESSAGE = 300;
/** All faults together, as JSON: keys full of control characters grow sixfold when they are written. */
const MOST_BYTES = 15_000;

/** The reasons for one rejection: at most 20, and small enough to be sent to anyone. */
export class Faults {
  readonly list: Fault[] = [];
  readonly #source: FaultSource;
  /** Made at the first need: most inputs have none. */
  #paths: Set<string> | undefined;
  #bytes = 0;

  constructor(source: FaultSource) {
    this.#source = source;
  }

  /** Whether enough was found: nobody reads further. */
  get full(): boolean {
    return this.list.length >= MAX_FAULTS || this.#bytes >= MOST_BYTES;
  }

  /** Whether something is wrong at exactly this place. */
  has(path: string): boolean {
    return this.#paths?.has(path) ?? false;
  }

  /** Takes a place for wrong, because something inside it is: no rule is asked about it. */
  mark(path: string): void {
    this.#paths ??= new Set();
    this.#paths.add(path);
  }

  /**
   * @param path - the place, as `items.0.zip`
   * @param rule - the rule that was broken
   * @param message - what the rule asks for; must not hold a value
   */
  add(path: string, rule: string, message: string): void {
    if (this.full) return;
    const fault = { in: this.#source, path: cut(path, LONGEST_PATH), rule, message: cut(message, LONGEST_MESSAGE) };
    this.mark(path);
    this.#bytes += Buffer.byteLength(JSON.stringify(fault));
    if (this.#bytes < MOST_BYTES || this.list.length === 0) this.list.push(fault);
  }
}

/** A place inside a place. */
export function joinPath(path: string, key: string | number): string {
  return path === '' ? String(key) : `${path}.${key}`;
}

/** A sentence about a place: it begins with the last key there, as class-validator's do. */
export function sentence(path: string, predicate: string): string {
  const key = path.slice(path.lastIndexOf('.') + 1);
  return `${key === '' ? 'The value' : cut(key, LONGEST_PATH)} ${predicate}`;
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
