// Reads names and values as queries and forms encode them: strictly, and not more than are allowed.
import { type ParsedUrlQuery, parse } from 'node:querystring';
import { BodyError } from '../validation/errors.js';

/**
 * The fields of a form. A name that is given more than once has a list of values.
 *
 * @throws BodyError (400) when it is not encoded in UTF-8, or has too many fields
 */
export function parseForm(text: string, most: number): ParsedUrlQuery {
  if (hasMoreThan(text, most)) throw new BodyError('SPECTER_BODY_TOO_COMPLEX', 'body', `has more than ${most} fields`);
  if (!isDecodable(text)) throw new BodyError('SPECTER_BODY_ENCODING', 'body', 'is not encoded correctly');
  return parsePairs(text);
}

/** Names and values; the object has no prototype. */
export function parsePairs(text: string): ParsedUrlQuery {
  // Without this, Node forgets every pair after the thousandth.
  return parse(text, '&', '=', { maxKeys: 0 });
}

/** Whether a text has more pairs than that. */
export function hasMoreThan(text: string, most: number): boolean {
  return text.split('&', most + 1).length > most;
}

/** Whether everything that is written with percent signs can be read, as UTF-8. */
export function isDecodable(text: string): boolean {
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
