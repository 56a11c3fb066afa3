// Orchestrator: starts along the graph, rolls back, stops against it.
import { errorOf, StartAbortedError } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import type { Runner } from '../kernel/runner.js';
import type { Made } from './container.js';
import { startError } from './errors.js';
import type { RestartOptions } from './restart.js';

/** One node of the running whole: a thing with a life, or a value that others are ordered by. */
export interface Unit {
  readonly name: string;
  readonly runner: Runner | undefined;
  readonly needs: ReadonlySet<Unit>;
  readonly restart: RestartOptions | undefined;
}

/** Turns what was made into units, with edges in both directions known. */
export function unitsOf(made: readonly Made[], needs: (made: Made) => Iterable<Made>): readonly Unit[] {
  const units = new Map(
    made.map((one) => {
      const { name, options } = one.record;
      return [one, { name, runner: one.runner, needs: new Set<Unit>(), restart: options.restart }];
    }),
  );
  for (const [one, unit] of units) {
    for (const needed of needs(one)) {
      const other = units.get(needed);
      if (other && other !== unit) unit.needs.add(other);
    }
  }
  return [...units.values()];
}

/** What came of starting some units again. */
interface Restarted {
  readonly started: Set<Unit>;
  readonly failures: Map<Unit, Error>;
}

/** Starts and stops many units, each as soon as its neighbours allow. */
export class Orchestrator {
  readonly units: readonly Unit[];
  readonly #dependents = new Map<Unit, Unit[]>();
  readonly #environment: Environment;
  #failed: { unit: Unit; error: Error } | undefined;
  #aborted: StartAbortedError | undefined;

  constructor(units: readonly Unit[], environment: Environment) {
    this.units = units;
    this.#environment = environment;
    for (const unit of units) {
      for (const needed of unit.needs) add(this.#dependents, needed, unit);
    }
  }

  /**
   * Starts everything: a unit as soon as all it needs has started.
   *
   * @throws BootError when one fails, SPECTER_START_ABORTED after `abort()`; everything has been rolled back then
   */
  async start(): Promise<void> {
    await this.#along(
      (unit) => unit.needs,
      (unit) => this.#startUnit(unit),
    );
    const error = this.#aborted ?? this.#failed?.error;
    if (!error) return;
    const name = this.#failed?.unit.name ?? 'The application';
    const rolledBack = await this.#rollBack(name, error);
    throw this.#aborted ?? startError(name, [error], rolledBack);
  }

  /** Gives up a start under way: nothing more begins, and it rejects with SPECTER_START_ABORTED after rolling back. */
  abort(why: string, cause?: unknown): void {
    this.#aborted ??= new StartAbortedError('The application', why, cause);
    this.#abortStarts(why, cause);
  }

  #abortStarts(why: string, cause?: unknown): void {
    for (const { runner } of this.units) runner?.abortStart(why, cause);
  }

  /** Stops everything: a unit as soon as all that need it have stopped. Never rejects. */
  async stop(): Promise<void> {
    await this.#stopAll(() => {});
  }

  async #stopAll(stopped: (unit: Unit) => unknown): Promise<void> {
    await this.#along(
      (unit) => this.#dependents.get(unit) ?? [],
      async (unit) => {
        await unit.runner?.dispose();
        stopped(unit);
      },
    );
  }

  /** Who has not stopped yet, or was left behind because something in it did not. */
  get running(): readonly Unit[] {
    return this.units.filter(({ runner }) => runner && (runner.phase !== 'stopped' || runner.overran));
  }

  /** Stops one unit, and before it all that depend on it. They can be started again. */
  async stopWith(unit: Unit): Promise<void> {
    const affected = this.#affectedBy(unit);
    await this.#along(
      (one) => this.#dependents.get(one) ?? [],
      async (one) => affected.has(one) && one.runner?.stop(),
    );
  }

  /** Starts every stopped unit whose needs are running, but not those that are held back. */
  async startAgain(held: ReadonlySet<Unit>): Promise<Restarted> {
    const result: Restarted = { started: new Set(), failures: new Map() };
    await this.#along(
      (unit) => unit.needs,
      async (unit) => {
        if (unit.runner?.phase === 'stopped' && !held.has(unit) && isReady(unit)) await this.#startOne(unit, result);
      },
    );
    return result;
  }

  async #startOne(unit: Unit, { started, failures }: Restarted): Promise<void> {
    try {
      await unit.runner?.start();
      started.add(unit);
    } catch (thrown) {
      failures.set(unit, errorOf(thrown));
    }
  }

  #affectedBy(unit: Unit): ReadonlySet<Unit> {
    const affected = new Set([unit]);
    for (const one of affected) for (const dependent of this.#dependents.get(one) ?? []) affected.add(dependent);
    return affected;
  }

  async #startUnit(unit: Unit): Promise<void> {
    if (this.#failed || this.#aborted) return;
    try {
      await unit.runner?.start();
    } catch (thrown) {
      if (this.#failed || this.#aborted) return;
      this.#failed = { unit, error: errorOf(thrown) };
      this.#abortStarts(`${unit.name} failed`, thrown);
    }
  }

  async #rollBack(service: string, error: Error): Promise<readonly string[]> {
    const started = new Set(this.units.filter(({ runner }) => runner?.phase === 'running'));
    const services = [...started].map(({ name }) => name).reverse();
    this.#environment.events.emit('rolling-back', { service, error, services });
    const stopped: string[] = [];
    await this.#stopAll((unit) => started.has(unit) && stopped.push(unit.name));
    return stopped;
  }

  /** Does `step` for each unit once it is done for all its neighbours on one side. */
  async #along(neighbours: (unit: Unit) => Iterable<Unit>, step: (unit: Unit) => Promise<unknown>): Promise<void> {
    const steps = new Map<Unit, Promise<unknown>>();
    const begin = (unit: Unit): Promise<unknown> => {
      const before = [...neighbours(unit)].map((neighbour) => steps.get(neighbour));
      return Promise.all(before).then(() => step(unit));
    };
    for (const unit of this.#sorted(neighbours)) steps.set(unit, begin(unit));
    await Promise.all(steps.values());
  }

  /** Units in an order in which every neighbour comes before. They form no ring, the plan has made sure. */
  #sorted(neighbours: (unit: Unit) => Iterable<Unit>): Unit[] {
    const left = new Map(this.units.map((unit) => [unit, [...neighbours(unit)].length]));
    const followers = new Map<Unit, Unit[]>();
    for (const unit of this.units) {
      for (const neighbour of neighbours(unit)) add(followers, neighbour, unit);
    }
    const sorted = this.units.filter((unit) => left.get(unit) === 0);
    for (const unit of sorted) {
      for (const follower of followers.get(unit) ?? []) {
        const count = (left.get(follower) ?? 0) - 1;
        left.set(follower, count);
        if (count === 0) sorted.push(follower);
      }
    }
    return sorted;
  }
}

/** Values have no phase: they are always there. */
function isReady(unit: Unit): boolean {
  return [...unit.needs].every(({ runner }) => runner === undefined || runner.phase === 'running');
}

function add<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
