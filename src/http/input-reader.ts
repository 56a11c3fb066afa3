// Reads one input of a request through its gate: what is worked out once, at boot, for one parameter.
import { checkOptionKeys } from '../kernel/option-keys.js';
import { UntypedInputError } from '../validation/errors.js';
import { compileGate, type Gate, type InputType, RULE_GROUPS } from '../validation/gate.js';
import { isStandardSchema } from '../validation/standard-schema.js';
import { bodyReader } from './body-parameter.js';
import { cookieOf } from './cookie-header.js';
import { InvalidRouteError } from './errors.js';
import type { ArgumentReader, Asked, InputSource, Place } from './parameters.js';
import { queryOf } from './query.js';

export { unsafeLimits } from './body-parameter.js';

/** How one cookie is read. */
export interface CookieOptions {
  /** Whether it must have a good signature, made with `http.cookieKeys`. @default whether there are keys */
  readonly signed?: boolean;
}

const COOKIE = Object.keys({ signed: true } satisfies Record<keyof CookieOptions, true>);
const GROUPS = Object.keys(RULE_GROUPS);

/** @throws UntypedInputError, InvalidRouteError, SPECTER_INVALID_ARGUMENT for an option that nobody reads */
export function inputReader(asked: Asked, source: InputSource, place: Place): ArgumentReader {
  const type = asked.type ?? (place.emitted as InputType | undefined);
  if (source === 'body') return bodyReader(type, asked.options, `${place.where} (${asked.decorator})`);
  checkOptionKeys(`${place.where} (${asked.decorator})`, asked.options, source === 'cookies' ? COOKIE : GROUPS);
  const gate = textGate(asked, source, type, place);
  const { name } = asked;
  if (source === 'cookies') return (ctx) => gate.check(cookieOf(ctx, name as string, asked.options.signed));
  if (source === 'headers') return headerReader(name?.toLowerCase(), gate);
  if (source === 'params')
    return name === undefined ? (ctx) => gate.check(ctx.params) : (ctx) => gate.check(ctx.params[name]);
  if (name === undefined) return (ctx, settings) => gate.check(queryOf(ctx, settings));
  return (ctx, settings) => gate.check(queryOf(ctx, settings)[name]);
}

function textGate(asked: Asked, source: InputSource, type: InputType | undefined, place: Place): Gate {
  const { decorator, name } = asked;
  if (place.hasDefault && name !== undefined && (type === undefined || type === Object)) {
    const why = 'a default without an annotation has no type at run time.';
    throw new UntypedInputError(
      `${place.where} (${decorator})`,
      why,
      `Write ${decorator}('${name}', Number), or the type that it has.`,
    );
  }
  return compileGate(type, {
    ...asked.options,
    in: source,
    convert: true,
    where: `${place.where} (${asked.decorator})`,
    ...(asked.name !== undefined && { name: asked.name }),
    ...(source === 'params' && { required: isAlwaysThere(asked.name, place) }),
    // A schema says for itself whether a missing value is allowed.
    ...(isStandardSchema(type) && { required: true }),
  });
}

/** @throws InvalidRouteError when the path has no such parameter, so that it could never be there */
function isAlwaysThere(name: string | undefined, { path, where }: Place): boolean {
  if (name === undefined) return true;
  const part = path
    .split('/')
    .find((part) => (part === '*' ? name === '*' : part.replace(/^:|\?$/g, '') === name && part.startsWith(':')));
  if (part !== undefined) return !part.endsWith('?');
  throw new InvalidRouteError(
    where,
    `asks for @Param('${name}'), which the path "${path}" does not have`,
    `Write :${name} into the path, or correct the name.`,
  );
}

function headerReader(name: string | undefined, gate: Gate): ArgumentReader {
  if (name === undefined) return (ctx) => gate.check(ctx.req.headers);
  return (ctx) => gate.check(ctx.req.headers[name]);
}
