// BootError, and the sentences of a failed boot.
import { counted } from '../kernel/counted.js';
import { type ErrorCode, messageOf, SpecterError } from '../kernel/errors.js';
import { tokenName } from '../kernel/token.js';
import { cutStack, dropStack, hide, saysNothingMore } from './boot-stack.js';
import { describe } from './fault-text.js';

/** The application did not start. Everything that had been opened has been released again. */
export class BootError extends SpecterError {
  /** Who failed; undefined when the wiring was wrong and nothing was constructed. */
  readonly service: string | undefined;
  /** All that is wrong, not only the first. */
  declare readonly errors: readonly Error[];
  /** Who had started and was stopped again, in that order. */
  readonly rolledBack: readonly string[];

  constructor(
    code: ErrorCode,
    message: string,
    at: { service?: string; errors: readonly Error[]; rolledBack?: readonly string[] },
  ) {
    // The cause has a stack that helps; what is wrong with the wiring stands in the message, and needs none.
    super(code, message, at.service === undefined ? {} : { cause: at.errors[0] });
    this.service = at.service;
    this.rolledBack = at.rolledBack ?? [];
    // The message has told it all: a host that prints an error should not print it again.
    for (const name of ['service', 'rolledBack']) Object.defineProperty(this, name, { enumerable: false });
    hide(this, 'errors', at.errors);
    if (saysNothingMore(this.cause)) hide(this, 'cause', this.cause);
    cutStack(this);
  }
}

/** The wiring has faults; nothing was constructed. One fault keeps its own code, several share SPECTER_BOOT. */
export function wiringError(errors: readonly Error[]): BootError {
  const [first] = errors;
  const code = errors.length === 1 && first instanceof SpecterError ? first.code : 'SPECTER_BOOT';
  const told = new Set<string>();
  const list = errors.map((error) => `  - ${indent(describe(error, told))}`).join('\n');
  for (const error of errors) if (error instanceof SpecterError) dropStack(error);
  return new BootError(code, `The application cannot be wired, ${counted(errors.length, 'fault')}:\n${list}`, {
    errors,
  });
}

/** A service did not start, or could not be constructed. @param after - `repeat` brings a shuffled order again */
export function startError(
  service: string,
  errors: readonly Error[],
  { rolledBack = [], repeat = '' }: { rolledBack?: readonly string[]; repeat?: string | undefined } = {},
): BootError {
  const after = rolledBack.length > 0 ? `Rolled back: ${rolledBack.join(', ')}.` : 'Nothing else had started.';
  const more = errors.slice(1).map((error) => `\n  - also: ${indent(messageOf(error))}`);
  const message = `${service} failed to start${repeat && ` (order: ${repeat})`}: ${indent(messageOf(errors[0]))}${more.join('')}\n${after}`;
  return new BootError('SPECTER_START_FAILED', message, { service, errors, rolledBack });
}

/** What there is instead of a missing token, by name. */
export interface Offer {
  readonly available: readonly string[];
  readonly near: readonly string[];
}

/** More names than this help nobody. */
const MAX_NAMES = 20;

/** Only a parameter and a field may be left without a value. */
const CAN_GO_WITHOUT = /^(constructor parameter|inject\(\))/;

/** Nobody provides what somebody asks for. */
export class MissingDependencyError extends SpecterError {
  constructor(who: string, where: string, token: string, { available, near }: Offer) {
    super(
      'SPECTER_MISSING_DEPENDENCY',
      `${who} needs ${token} (${where}), and nobody provides it. ${didYouMean(near)}Add ${token} to the providers of a module${CAN_GO_WITHOUT.test(where) ? ', or mark it optional' : ''}. ` +
        `Provided are: ${listed(available)}.`,
    );
  }
}

/** Somebody asks for a token that was not there yet when it was written down. */
export class UndefinedTokenError extends SpecterError {
  constructor(who: string, where: string) {
    super(
      'SPECTER_MISSING_DEPENDENCY',
      `${who} asks for undefined (${where}): what it names was not defined yet, probably because of a ring of files that import each other. ` +
        'Break the ring of imports, or ask with a token from a third file.',
    );
  }
}

/** A module keeps something to itself that another one asks for. */
export class NotExportedError extends SpecterError {
  constructor(who: string, module: string, token: string, home: string) {
    super(
      'SPECTER_NOT_EXPORTED',
      `${who} (in ${module}) needs ${token}, which ${home} keeps to itself. Add ${token} to the exports of ${home}.`,
    );
  }
}

/** Dependencies form a ring. */
export class CycleError extends SpecterError {
  /** @param path - the first again at its end; @param joins - how each asks for the next */
  constructor(path: readonly string[], joins: readonly string[]) {
    const steps = joins.slice(0, MAX_NAMES).map((join, i) => `${path[i]} asks for ${path[i + 1]} by ${join}`);
    const more = joins.length > MAX_NAMES ? ` and so on, ${joins.length - MAX_NAMES} more` : '';
    super(
      'SPECTER_CYCLE',
      `These need each other, so none can be first: ${path.join(' -> ')}. ${steps.join(', ')}${more}. ` +
        'Break the ring with an event on the bus, registry.waitFor(), or a third class that both use.',
    );
  }
}

/** Two providers of one token. */
export class DuplicateTokenError extends SpecterError {
  /** @param hint - what may be behind it */
  constructor(token: string, modules: readonly string[], hint = '') {
    super(
      'SPECTER_DUPLICATE_TOKEN',
      `${token} is provided ${modules.length} times, ${placed(modules)}. ${hint}List it once; for several values of one token mark each { multi: true }.`,
    );
  }
}

/** Two managed things of one name. */
export class DuplicateNameError extends SpecterError {
  constructor(name: string, modules: readonly string[], cure: string) {
    super(
      'SPECTER_DUPLICATE_NAME',
      `${counted(modules.length, 'service')} have the name "${name}", ${placed(modules)}. ${cure}`,
    );
  }
}

/** Somebody asks for one of several values. */
export class ManyValuesError extends SpecterError {
  constructor(who: string, where: string, token: string) {
    super(
      'SPECTER_MULTI_TOKEN',
      `${who} asks for one ${token} (${where}), but its providers are marked { multi: true }, so there is a list. ` +
        `Ask for the list: @InjectAll(${token}) on a constructor parameter, or injectAll(${token}) in a field; from outside app.container.resolveAll(${token}).`,
    );
  }
}

/** A constructor parameter whose type does not exist at run time. */
export class TypeLostError extends SpecterError {
  constructor(who: string, index: number, why: string) {
    super(
      'SPECTER_TYPE_LOST',
      `Constructor parameter ${index + 1} of ${who} has no type left at run time: ${why}. ` +
        'Use @Inject(TOKEN) on it, or a field: private readonly it = inject(TOKEN).',
    );
  }
}

/** A class cannot do what its decorators say. */
export class InvalidRoleError extends SpecterError {
  constructor(who: string, why: string, what: string) {
    super('SPECTER_INVALID_ROLE', `${who} ${why}. ${what}`);
  }
}

/** A module or a provider is not one. */
export class InvalidProviderError extends SpecterError {
  constructor(module: string, what: string, cure: string) {
    super('SPECTER_INVALID_PROVIDER', `${module}: ${what}. ${cure}`);
  }
}

/** `inject()` in a field asked for something that an asynchronous factory makes, and nothing puts that before the field. */
export class UnfinishedError extends SpecterError {
  /** @param by - what the field asks for, when that is not what the factory makes */
  constructor(who: string, token: string, by = token) {
    const needs = by === token ? 'its factory is asynchronous' : `that needs ${token}, whose factory is asynchronous`;
    super(
      'SPECTER_UNFINISHED_DEPENDENCY',
      `${who} asks for ${by} in a field, but ${needs}, and a field cannot wait for it. ` +
        `Ask in the constructor with @Inject(${by}), or add dependsOn: [${token}].`,
    );
  }
}

/** A test overrides something that the application does not have. */
export class OverrideError extends SpecterError {
  constructor(token: unknown, near: readonly string[]) {
    super(
      'SPECTER_NOT_FOUND',
      `override(${tokenName(token)}): nobody provides it, so there is nothing to replace. ${didYouMean(near)}Check the token.`,
    );
  }
}

/** Somebody names a service that is not there. */
export class NoServiceError extends SpecterError {
  constructor(what: string, { available, near }: Offer) {
    super(
      'SPECTER_NOT_FOUND',
      `${what}: the application has no service of that token or name. ${didYouMean(near)}Its services are: ${listed(available)}.`,
    );
  }
}

/** Somebody names something that nobody starts or stops, or not one thing alone. */
export class NotRestartableError extends SpecterError {
  constructor(what: string, why: string, services: readonly string[]) {
    super('SPECTER_INVALID_ARGUMENT', `${what}: ${why}. Name one of the services: ${listed(services)}.`);
  }
}

/** An application was asked for something it cannot do any more, or not yet. */
export class ApplicationStateError extends SpecterError {
  constructor(what: string, why: string) {
    super('SPECTER_APPLICATION_STATE', `${what}: ${why}.`);
  }
}

function didYouMean(near: readonly string[]): string {
  return near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : '';
}

function listed(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return `${names.slice(0, MAX_NAMES).join(', ') || 'nothing'}${more}`;
}

/** `in A and B`, `both in A`. */
function placed(modules: readonly string[]): string {
  if (new Set(modules).size > 1) return `in ${modules.join(' and ')}`;
  return `${modules.length === 2 ? 'both' : 'all'} in ${modules[0]}`;
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n    ');
}
