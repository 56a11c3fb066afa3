// Role: how a kind of class is tagged, checked and attached; the one extension point.
import type { RestartOptions } from '../kernel/restart-budget.js';
import type { Scope } from '../kernel/scope.js';
import type { Class, Token } from '../kernel/token.js';

/** What every tagged class can say. */
export interface RoleOptions {
  /** Unique in the application. @default the class name */
  readonly name?: string;
  /** Further tokens under which the instance can be asked for. */
  readonly provides?: readonly Token[];
  /** Who must have started before, without being injected. */
  readonly dependsOn?: readonly Token[];
  /** Milliseconds for `onStart`. @default 15,000 */
  readonly startTimeout?: number;
  /** Milliseconds for `onStop`, and again for releasing what it owns. @default 5,000 */
  readonly stopTimeout?: number;
  /** Whether it is restarted when it fails. @default never: the failure is reported and health turns down */
  readonly restart?: RestartOptions;
}

/** The names of the options that every role takes. */
export const ROLE_KEYS = Object.keys({
  name: true, provides: true, dependsOn: true, startTimeout: true, stopTimeout: true, restart: true,
} satisfies Record<keyof RoleOptions, true>); // biome-ignore format: a list

/** The application as a role sees it. */
export interface Parts {
  /** An instance of the application. @throws SPECTER_MISSING_DEPENDENCY */
  get<T>(token: Token<T>): T;
  /** The name of the instance that is being attached. */
  readonly name: string;
}

/**
 * A kind of class: what its decorator means. Tag classes with `tag(role, options)`, methods with `note(role, data)`.
 *
 * @example
 * const metered: Role = {
 *   name: 'metered',
 *   attach(instance, options, scope) { scope.interval(() => report(instance), 10_000); },
 * };
 * const Metered = () => tag(metered, {});
 */
export interface Role<Options extends RoleOptions = RoleOptions> {
  readonly name: string;
  /** The names of its own options, besides those that every role takes. Given, any other name is a boot error; else only one that is nearly right. */
  readonly keys?: readonly string[];
  /** At boot, before anything is constructed. @throws what is wrong with the class; collected with all other boot errors */
  check?(target: Class, options: Options): void;
  /** Further dependencies of the class, as tokens. */
  dependsOn?(target: Class, options: Options): readonly Token[];
  /** How a class came to such a dependency, for errors: `a guard of FilmController.remove`. @default the role's name */
  reason?(target: Class, token: Token): string | undefined;
  /** At each start, after `onStart`. What it opens belongs to `scope` and ends with the run. */
  attach?(instance: object, options: Options, scope: Scope, parts: Parts): void | Promise<void>;
}
