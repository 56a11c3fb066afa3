// @Body with its options: in which forms a body may come, how large it may be, and the gate that each form goes through.
import { checkOptionKeys } from '../kernel/option-keys.js';
import { UntypedInputError } from '../validation/errors.js';
import { compileGate, type Gate, type InputType, RULE_GROUPS, type RuleGroups, unchecked } from '../validation/gate.js';
import { areSizes, beyondHard, HARD_LIMITS, HARD_LIMITS_TEXT, type Limits, limitsWith } from '../validation/limits.js';
import { scalarKindOf } from '../validation/scalars.js';
import { isStandardSchema } from '../validation/standard-schema.js';
import { type BodyTaking, takeBody } from './body.js';
import { type BodyKind, kindNamed } from './body-kinds.js';
import { InvalidRouteError } from './errors.js';
import type { HttpSettings } from './options.js';
import type { ArgumentReader } from './parameters.js';

/** A form in which a body may come: one of the four, or the media type of raw bytes, as `image/png` or `image/*`. */
export type BodyAccept = 'json' | 'form' | 'text' | 'raw' | `${string}/${string}`;

/** How one method takes its body. */
export interface BodyOptions extends RuleGroups {
  /** In which forms it may come. @default `json`; `raw` for a `Buffer` */
  readonly accept?: BodyAccept | readonly BodyAccept[];
  /** Its most bytes. @default `http.bodyLimit` for JSON and raw bytes, 65,536 for a form or a text */
  readonly limit?: number;
  /** How deep and wide JSON may be; `keys` is also how many fields a form may have. @default `http.limits` */
  readonly limits?: Partial<Limits>;
  /** Take bodies that are compressed with gzip, deflate or br. `limit` holds for what comes out. @default false */
  readonly inflate?: boolean;
  /** Allow `limits` beyond 256 levels, 5,000 keys, 50,000 items or 100,000 values. It is warned of once, at the start. @default false */
  readonly unsafe?: boolean;
}

const KEYS = {
  accept: true, limit: true, limits: true, inflate: true, unsafe: true, ...RULE_GROUPS,
} satisfies Record<keyof BodyOptions, true>; // biome-ignore format: a list

/** @throws UntypedInputError when the type cannot be made of what is accepted, InvalidRouteError */
export function bodyReader(type: InputType | undefined, options: BodyOptions, where: string): ArgumentReader {
  checkOptionKeys(where, options, Object.keys(KEYS));
  checkOptionKeys(`The limits of ${where}`, options.limits ?? {}, Object.keys(HARD_LIMITS));
  checkSizes(options, where);
  const kinds = kindsOf(options.accept ?? (isBytes(type) ? 'raw' : 'json'), where);
  const gates = new Map(kinds.map((kind) => [kind, gateOf(kind, type, options, where)]));
  const { limit, inflate, limits } = options;
  const fixed = { kinds, ...(limit !== undefined && { limit }), ...(inflate !== undefined && { inflate }) };
  const takings = new WeakMap<HttpSettings, BodyTaking>();
  const takingOf = (settings: HttpSettings): BodyTaking => {
    const taking = { ...fixed, limits: limitsWith(limits, settings.limits) };
    takings.set(settings, taking);
    return taking;
  };
  return async ({ req }, settings) => {
    const { kind, value } = await takeBody(req, settings, takings.get(settings) ?? takingOf(settings));
    return (gates.get(kind) as Gate).check(value);
  };
}

/** The limits that are beyond the hard ones, on purpose. */
export function unsafeLimits({ limits, unsafe }: BodyOptions): readonly string[] {
  return unsafe ? beyondHard(limits) : [];
}

function checkSizes({ limit, limits, unsafe }: BodyOptions, where: string): void {
  if (!areSizes({ ...limits, ...(limit !== undefined && { limit }) })) {
    throw new InvalidRouteError(where, 'has a limit that is no size', 'Give whole numbers above 0.');
  }
  const beyond = beyondHard(limits);
  if (unsafe || beyond.length === 0) return;
  throw new InvalidRouteError(
    where,
    `has limits beyond the hard ones: ${beyond.join(', ')}`,
    `Stay within ${HARD_LIMITS_TEXT}, or add unsafe: true: one such body may then hold everybody up.`,
  );
}

function kindsOf(accept: BodyAccept | readonly BodyAccept[], where: string): readonly BodyKind[] {
  const names = typeof accept === 'string' ? [accept] : accept;
  const kinds = names.map((name) => kindNamed(name));
  if (kinds.length > 0 && kinds.every((kind) => kind !== undefined)) return kinds;
  throw new InvalidRouteError(
    where,
    'has an option `accept` that names no form of a body',
    "Give 'json', 'form', 'text', 'raw', or a media type as 'image/png' or 'image/*'.",
  );
}

function isBytes(type: unknown): boolean {
  return type === Buffer || type === Uint8Array;
}

function gateOf(kind: BodyKind, type: InputType | undefined, options: BodyOptions, where: string): Gate {
  const { name } = kind;
  if (name === 'raw' && isBytes(type)) return { describe: 'Buffer', check: (bytes) => bytes };
  const why = type === undefined ? undefined : WRONG[name](type);
  if (why)
    throw new UntypedInputError(
      where,
      `it accepts ${name === 'raw' ? kind.media : `a body as ${name}`}, but ${why}`,
      '',
    );
  return compileGate(type, {
    ...options,
    in: 'body',
    where,
    convert: name === 'form' || name === 'text',
    // JSON was counted in its bytes, and a form by its fields.
    limits: { ...HARD_LIMITS, ...options.limits },
    counted: name === 'json',
  });
}

/** Why a form of body cannot become a type; undefined when it can. */
const WRONG: Readonly<Record<BodyKind['name'], (type: InputType) => string | undefined>> = {
  json: (type) => (isBytes(type) ? 'JSON has no bytes: give a class, or accept raw bytes.' : undefined),
  form: (type) => {
    const isOne = Array.isArray(type) || scalarKindOf(type) || isBytes(type);
    return isOne ? 'a form has fields: give a class with one property for each.' : undefined;
  },
  text: (type) => {
    const fits = scalarKindOf(type) || type === unchecked || isStandardSchema(type);
    return fits ? undefined : 'a text is a single value: give String.';
  },
  raw: (type) => {
    return type === unchecked || isStandardSchema(type) ? undefined : 'what comes are bytes: give Buffer.';
  },
};
