// Custody: how a process hangs in its owner: in the ledger of its run while it runs, stopped with it, and failing it.
import { Bus } from '../kernel/bus.js';
import { type Release, systemClock } from '../kernel/clock.js';
import { Events } from '../kernel/events.js';
import { type Environment, type Home, homeOf } from '../kernel/home.js';
import { Registry } from '../kernel/registry.js';
import { type Keeper, Runner } from '../kernel/runner.js';
import { type Holding, type Owner, Scope } from '../kernel/scope.js';
import { processWordings } from './events.js';

/** What custody asks of its process. */
export interface Ward {
  readonly runner: Runner;
  /** For the ledger. */
  readonly label: string;
  /** The owner is closing, and its time is over at that moment of the system's clock. */
  hurry(end: number): void;
}

/** Milliseconds of an owner's time that are left for the kill. */
const SPARE = 500;
/** What a scope gives its closing when nobody says otherwise. */
const CLOSE_TIMEOUT = 5_000;

/** Where a process takes its clock and events from. */
export function environmentFor(owner: Owner | undefined): Environment {
  const home = homeOf(owner);
  if (home) return home.environment;
  const clock = owner instanceof Scope ? owner.clock : systemClock;
  const events = owner instanceof Scope ? owner.events : new Events(clock);
  return { clock, events, bus: new Bus({ clock, events }), registry: new Registry(clock), births: true };
}

/** From now on a process lives there. */
export function enter(runner: Runner, environment: Environment): void {
  environment.events.word(processWordings);
  runner.move(environment);
}

/** A child is in its owner's ledger from each start to each stop: a run of the owner that ends takes it along, wherever it was made. */
export class Custody implements Keeper {
  readonly #ward: Ward;
  readonly #owner: Owner | undefined;
  /** What is made in a field has no owner by name, but the instance that is under construction then. */
  readonly #home: Home | undefined;
  #forget: Release | undefined;

  constructor(ward: Ward, owner: Owner | undefined) {
    this.#ward = ward;
    this.#owner = owner;
    this.#home = homeOf(owner);
    const parent = this.#parent;
    // Nobody but its owner can say what becomes of the rest when it gives up.
    if (parent) ward.runner.onFailure = (error) => parent.fail(error);
  }

  /** Of the owner's run, when it has one. */
  get signal(): AbortSignal | undefined {
    return this.#scope?.signal;
  }

  get holds(): boolean {
    return this.#forget !== undefined;
  }

  /** @throws SPECTER_NOT_RUNNING before the owner has begun to start, and from its stop on */
  starting(): void {
    if (this.holds) return;
    this.#forget = this.#hold();
    // Its owner may have been adopted since, and lives by another clock now.
    if (this.#home) enter(this.#ward.runner, this.#home.environment);
  }

  stopped(): void {
    const forget = this.#forget;
    this.#forget = undefined;
    forget?.();
  }

  disposed(): void {
    this.#ward.runner.onFailure = undefined;
    this.stopped();
  }

  get #parent(): Runner | undefined {
    return this.#home instanceof Runner ? this.#home : undefined;
  }

  get #scope(): Scope | undefined {
    return this.#home?.scope ?? (this.#owner instanceof Scope ? this.#owner : undefined);
  }

  #hold(): Release {
    const holding = this.#holding();
    const scope = this.#scope;
    scope?.demand('start process', this.#ward.runner.name);
    if (scope) return scope.hold(holding);
    return this.#owner?.addCleanup(holding.release) ?? (() => {});
  }

  #holding(): Holding {
    const ward = this.#ward;
    const { runner } = ward;
    const time = this.#parent?.stopTimeout ?? CLOSE_TIMEOUT;
    const end = () => systemClock.monotonic() + time - Math.min(SPARE, time / 2);
    return {
      kind: 'child',
      get label() {
        return ward.label;
      },
      cancel: () => runner.abortStart('its owner is stopping'),
      quiesce: () => ward.hurry(end()),
      release: () => (this.holds ? runner.stop() : undefined),
      inside: () => runner.scope.tree(),
    };
  }
}
