// Home: where an owned thing lives (its scope, clock, bus, registry), and whose construction is under way.
import type { Bus } from './bus.js';
import type { Clock } from './clock.js';
import type { Events } from './events.js';
import type { Registry } from './registry.js';
import type { Owner, Scope } from './scope.js';

/** What one application, or one standalone instance, has of each. */
export interface Environment {
  readonly clock: Clock;
  readonly events: Events;
  readonly bus: Bus;
  readonly registry: Registry;
  /** Remember file and line of each acquisition. */
  readonly births: boolean;
  /** Finds an application's part by token: the way from the kernel to what stands above it. */
  readonly find?: (token: unknown) => unknown;
}

/** An owner as the framework sees it. */
export interface Home {
  readonly name: string;
  readonly environment: Environment;
  readonly scope: Scope;
}

const homes = new WeakMap<object, Home>();
let constructing: Construction | undefined;

/** One class whose constructor is running. */
export interface Construction {
  readonly target: unknown;
  readonly home: Home;
  /** Answers `inject()` in its fields; whoever constructs knows what a request looks like. */
  readonly inject?: (request: never) => unknown;
  /** Set once the instance has taken the home over, so that another object made inside does not. */
  claimed: boolean;
}

/** Makes `home` the home of an instance. */
export function settle(instance: object, home: Home): void {
  homes.set(instance, home);
}

/** The home of an owner; without one, of the instance under construction. */
export function homeOf(owner: Owner | undefined): Home | undefined {
  return owner === undefined ? constructing?.home : homes.get(owner);
}

/** The construction under way, if any. */
export function underConstruction(): Construction | undefined {
  return constructing;
}

/** Runs a constructor so that what its fields make knows where it belongs. Synchronous, so applications never mix. */
export function construct<T>(construction: Omit<Construction, 'claimed'>, make: () => T): T {
  const outer = constructing;
  constructing = { ...construction, claimed: false };
  try {
    return make();
  } finally {
    constructing = outer;
  }
}

/** The name of an owner, for reports. */
export function nameOf(owner: Owner | undefined): string | undefined {
  return owner && (homeOf(owner)?.name ?? owner.constructor?.name);
}
