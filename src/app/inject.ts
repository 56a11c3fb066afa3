// The ways to ask for a dependency: @Inject, @InjectAll, inject() and injectAll().
import { NoOwnerError } from '../kernel/errors.js';
import { underConstruction } from '../kernel/home.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { type Token, tokenName } from '../kernel/token.js';
import { noteParameter, type ParameterTag } from './tags.js';

/** What a constructor parameter asks for, by its decorator. */
export interface Request {
  readonly token: Token;
  readonly optional: boolean;
  readonly all: boolean;
}

export interface InjectOptions {
  /** Give undefined when nobody provides it. @default false */
  readonly optional?: boolean;
}

/**
 * Asks for a dependency by token, on a constructor parameter.
 *
 * @example
 * constructor(@Inject(GREETING) private readonly greeting: string) {}
 */
export function Inject<T>(token: Token<T>, options: InjectOptions = {}): ParameterTag {
  return noteParameter(new Requested(requestOf('@Inject', token, options)));
}

/** Asks for all `multi: true` providers of a token as a list, on a constructor parameter; empty when there are none. */
export function InjectAll<T>(token: Token<T>): ParameterTag {
  return noteParameter(new Requested({ token, optional: true, all: true }));
}

/**
 * Asks for a dependency in a field or in the constructor; needs no emitted metadata.
 *
 * @throws SPECTER_NO_OWNER outside the construction of a class by an application
 * @example
 * private readonly disk = inject(Disk);
 */
export function inject<T>(token: Token<T>): T;
export function inject<T>(token: Token<T>, options: { optional: true }): T | undefined;
export function inject<T>(token: Token<T>, options: InjectOptions = {}): T | undefined {
  return ask(requestOf('inject', token, options)) as T | undefined;
}

/** Like `inject`, for all `multi: true` providers of a token. */
export function injectAll<T>(token: Token<T>): readonly T[] {
  return ask({ token, optional: true, all: true }) as readonly T[];
}

/** Marks a note on a parameter as a request, so that other notes can stand beside it. */
export class Requested {
  constructor(readonly request: Request) {}
}

function requestOf(how: string, token: Token, options: InjectOptions): Request {
  checkOptionKeys(`${how}(${tokenName(token)})`, options, ['optional']);
  return { token, optional: options.optional ?? false, all: false };
}

function ask(request: Request): unknown {
  const construction = underConstruction();
  const answer = construction?.inject as ((request: Request) => unknown) | undefined;
  if (answer) return answer(request);
  const name = tokenName(request.token);
  const inFactory = construction ? `; a factory gets it as an argument, with inject: [${name}]` : '';
  throw new NoOwnerError(`inject(${name})`, `a class that an application is constructing${inFactory}`);
}
