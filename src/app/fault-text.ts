// describe(): one fault of a boot as its list shows it, with the places in the code that it is about.
import { SpecterError } from '../kernel/errors.js';
import { placesOf } from './places.js';

/** Shorter ones are read sooner than it takes to look for them further up. */
const LONG_CURE = 100;

function withoutTold(message: string, told: Set<string>): string {
  const [cure = ''] = /(?<=\. )[A-Z][^\n]*$/.exec(message) ?? [];
  if (cure.length < LONG_CURE) return message;
  if (told.has(cure)) return `${message.slice(0, -cure.length)}(As above.)`;
  told.add(cure);
  return message;
}

/** A long cure is told with the first fault that it helps against. @param told - those that were */
export function describe(error: Error, told: Set<string>): string {
  const text = error instanceof SpecterError ? `${error.code} ${withoutTold(error.message, told)}` : error.message;
  return [text, ...placesOf(error).map((place) => `at ${place}`)].join('\n');
}
