// BodyKind: the forms in which a body may come, what their media types are, and how their bytes become a value.
import type { IncomingHttpHeaders } from 'node:http';
import { type Limits, parseJson, textOf } from '../validation/limits.js';
import { UnsupportedMediaType } from './errors.js';
import { parseForm } from './form.js';
import type { HttpSettings } from './options.js';

/** One form in which a body may come. */
export interface BodyKind {
  readonly name: 'json' | 'form' | 'text' | 'raw';
  /** Its media type, as a client is told. */
  readonly media: string;
  /** Whether a media type, in small letters and without parameters, is of this kind. */
  fits(media: string): boolean;
  limitOf(settings: HttpSettings): number;
  /** @throws BodyError (400) */
  parse(bytes: Buffer, limits: Limits): unknown;
}

/** The most bytes of a form or a text, where the method does not say. */
const SMALL = 65_536;

const JSON_TYPE = /^application\/(?:[\w.!#$&^-]+\+)?json$/;

export const jsonBody: BodyKind = {
  name: 'json',
  media: 'application/json',
  fits: (media) => JSON_TYPE.test(media),
  limitOf: ({ bodyLimit }) => bodyLimit,
  parse: (bytes, limits) => parseJson(bytes, limits),
};

const formBody: BodyKind = {
  name: 'form',
  media: 'application/x-www-form-urlencoded',
  fits: (media) => media === 'application/x-www-form-urlencoded',
  limitOf: () => SMALL,
  parse: (bytes, limits) => parseForm(textOf(bytes, 'body'), limits.keys),
};

const textBody: BodyKind = {
  name: 'text',
  media: 'text/plain',
  fits: (media) => media === 'text/plain',
  limitOf: () => SMALL,
  parse: (bytes) => textOf(bytes, 'body'),
};

/** Bytes of one media type, or with `image/*` of all that begin so. */
function rawBody(media: string): BodyKind {
  const wanted = media.toLowerCase();
  const begin = wanted.endsWith('/*') ? wanted.slice(0, -1) : undefined;
  return {
    name: 'raw',
    media: wanted,
    fits: (sent) => (begin === undefined ? sent === wanted : sent.startsWith(begin)),
    limitOf: ({ bodyLimit }) => bodyLimit,
    parse: (bytes) => bytes,
  };
}

const NAMED: ReadonlyMap<string, BodyKind> = new Map([
  ['json', jsonBody],
  ['form', formBody],
  ['text', textBody],
  ['raw', rawBody('application/octet-stream')],
]);

const MEDIA = /^[\w.!#$&^+-]+\/(?:\*|[\w.!#$&^+-]+)$/;

/** The kind that an option names: one of the four, or a media type for its bytes. Undefined when it is neither. */
export function kindNamed(name: string): BodyKind | undefined {
  return NAMED.get(name) ?? (MEDIA.test(name) ? rawBody(name) : undefined);
}

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^\s";]+)/i;

/** The kind of the body that was sent. @throws UnsupportedMediaType (415) when it is none of those, or a text that is not in UTF-8 */
export function kindSent(headers: IncomingHttpHeaders, kinds: readonly BodyKind[]): BodyKind {
  const type = headers['content-type'] ?? '';
  const media = (type.split(';', 1)[0] as string).trim().toLowerCase();
  const kind = kinds.find((one) => one.fits(media));
  if (!kind) throw unsupported(kinds, wanting(kinds));
  const charset = kind.name === 'raw' ? undefined : CHARSET.exec(type)?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw unsupported(kinds, 'The body must be in UTF-8.');
  }
  return kind;
}

function wanting(kinds: readonly BodyKind[]): string {
  const medias = kinds.map(({ media }) => media).join(' or ');
  const what = kinds.length === 1 && kinds[0] === jsonBody ? 'JSON' : 'of another type';
  return `The body must be ${what}: send Content-Type: ${medias}.`;
}

function unsupported(kinds: readonly BodyKind[], detail: string): UnsupportedMediaType {
  const accepted = kinds.map(({ media }) => media).join(', ');
  return new UnsupportedMediaType(detail, { code: 'SPECTER_MEDIA_TYPE', headers: { 'Accept-Post': accepted } });
}
