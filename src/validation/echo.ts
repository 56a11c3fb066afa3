// Echo: finds a value that came in from outside in a message that would go out.
import { isPlainObject } from './limits.js';

/** Shorter values are in every sentence by chance. */
const TELLING = 4;
/** Messages are cut at this length, so a longer value cannot be in one. */
const LONGEST = 300;

/** The values of one input, gathered when the first message is doubted. */
export class Echo {
  readonly #input: unknown;
  /** Made at the first doubt. */
  #known: Map<string, boolean> | undefined;
  #values: readonly string[] | undefined;

  constructor(input: unknown) {
    this.#input = input;
  }

  /** Whether the text repeats a value of the input, of four characters or more, in whatever case. */
  isIn(text: string): boolean {
    this.#known ??= new Map();
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#values ??= valuesOf(this.#input);
    const lower = text.toLowerCase();
    const found = this.#values.some((value) => lower.includes(value));
    this.#known.set(text, found);
    return found;
  }
}

/** Whether the text repeats this value; one of less than four characters counts when it stands as a word. */
export function repeats(text: string, value: unknown): boolean {
  const short = asText(value)?.toLowerCase();
  if (short === undefined || short.trim() === '' || short.length > LONGEST) return false;
  const lower = text.toLowerCase();
  if (short.length >= TELLING) return lower.includes(short);
  return ` ${lower} `.split(short).some((before, i, parts) => {
    const after = parts[i + 1];
    return after !== undefined && !/\w$/.test(before) && !/^\w/.test(after);
  });
}

function valuesOf(input: unknown): readonly string[] {
  const found = new Set<string>();
  const waiting: unknown[] = [input];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value) || isPlainObject(value)) {
      for (const child of Object.values(value)) waiting.push(child);
      continue;
    }
    const text = asText(value);
    if (text !== undefined && text.length >= TELLING && text.length <= LONGEST) found.add(text.toLowerCase());
  }
  return [...found];
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}
