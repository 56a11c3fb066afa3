// Home: where an owned thing lives (its scope, clock, bus, registry), and whose construction is under way.
import type { Birth } from './birth.js';
import type { Bus } from './bus.js';
import type { Clock } from './clock.js';
import type { Events } from './events.js';
import type { Registry } from './registry.js';
import { type Owner, Scope } from './scope.js';

/** Does work in the name of a service, so that an error that goes astray in it can be told from others'. */
export type Within = <T>(service: string, work: () => T, birth?: Birth) => T;

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
  /** Given where the host can follow work from step to step. */
  readonly within?: Within | undefined;
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
  if (instance instanceof Scope) instance.home = home;
  else homes.set(instance, home);
}

/** The home of an owner; without one, of the instance under construction. */
export function homeOf(owner: Owner | undefined): Home | undefined {
  if (owner === undefined) return constructing?.home;
  return owner instanceof Scope ? owner.home : homes.get(owner);
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
    return inNameOf(construction.home, make);
  } finally {
    constructing = outer;
  }
}

/** Calls something of an owner in its name. */
export function inNameOf<T>({ name, environment: { within } }: Pick<Home, 'name' | 'environment'>, work: () => T): T {
  return within ? within(name, work) : work();
}

/** The name of an owner, for reports. */
export function nameOf(owner: Owner | undefined): string | undefined {
  return owner && (homeOf(owner)?.name ?? owner.constructor?.name);
}
