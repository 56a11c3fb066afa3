// Orchestrator: starts along the graph, rolls back, stops against it.
import { errorOf, StartAbortedError } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import type { RestartOptions } from '../kernel/restart-budget.js';
import type { Runner } from '../kernel/runner.js';
import type { Made } from './container.js';
import { startError } from './errors.js';

/** One node of the running whole: a thing with a life, or a value that others are ordered by. */
export interface Unit {
  readonly name: string;
  /** `service`, `controller`, ...; of what is no class: `value`, `factory`, `alias` or `part`. */
  readonly role?: string;
  readonly module?: string;
  readonly runner: Runner | undefined;
  readonly needs: ReadonlySet<Unit>;
  readonly neededBy: ReadonlySet<Unit>;
  readonly restart: RestartOptions | undefined;
  /** Milliseconds that its `onStop` may take; 0 without one. */
  readonly stopTime: number;
}

/** Turns what was made into units, with edges in both directions known. */
export function unitsOf(made: readonly Made[], needs: (made: Made) => Iterable<Made>): readonly Unit[] {
  const units = new Map(
    made.map((one) => {
      const { name, options, module } = one.record;
      const edges = { needs: new Set<Unit>(), neededBy: new Set<Unit>() };
      const origin = { role: roleOf(one), module: module.name };
      return [
        one,
        // A Lifecycle that a factory gave has a name of its own.
        {
          name: one.runner?.name ?? name,
          ...origin,
          runner: one.runner,
          ...edges,
          restart: options.restart,
          stopTime: stopTimeOf(one),
        },
      ];
    }),
  );
  for (const [one, unit] of units) {
    for (const needed of needs(one)) {
      const other = units.get(needed);
      if (!other || other === unit) continue;
      unit.needs.add(other);
      other.neededBy.add(unit);
    }
  }
  return [...units.values()];
}

function roleOf({ record: { tags, source } }: Made): string {
  return tags[0]?.role.name ?? source.kind;
}

function stopTimeOf({ runner, value }: Made): number {
  const { onStop } = (runner ? value : {}) as { onStop?: unknown };
  return onStop === undefined ? 0 : (runner?.stopTimeout ?? 0);
}

/** One after another in this order, and back in its reverse; by default side by side. */
export interface BootOrder {
  readonly order?: readonly Unit[] | undefined;
  /** What brings a shuffled order again. */
  readonly repeat?: string;
}

/** What came of starting some units again. */
interface Restarted {
  readonly started: Set<Unit>;
  readonly failures: Map<Unit, Error>;
}

/** What came of taking a start back. */
interface RolledBack {
  readonly rolledBack: readonly string[];
  readonly failures: readonly Error[];
}

/** Starts and stops many units, each as soon as its neighbours allow, or one after another in a given order. */
export class Orchestrator {
  readonly units: readonly Unit[];
  readonly #environment: Environment;
  readonly #order: readonly Unit[] | undefined;
  readonly #repeat: string | undefined;
  #failed: { unit: Unit; error: Error } | undefined;
  #aborted: StartAbortedError | undefined;

  constructor(units: readonly Unit[], environment: Environment, { order, repeat }: BootOrder) {
    this.units = units;
    this.#environment = environment;
    this.#order = order;
    this.#repeat = repeat;
  }

  /**
   * Starts everything: a unit as soon as all it needs has started.
   *
   * @throws BootError when one fails, SPECTER_START_ABORTED after `abort()`; everything has been rolled back then
   */
  async start(): Promise<void> {
    await this.#forward((unit) => this.#startUnit(unit));
    const error = this.#aborted ?? this.#failed?.error;
    if (!error) return;
    const name = this.#failed?.unit.name ?? 'The application';
    const { rolledBack, failures } = await this.#rollBack(name, error);
    throw this.#aborted ?? startError(name, [error, ...failures], { rolledBack, repeat: this.#repeat });
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
    await this.#backward(async (unit) => {
      await unit.runner?.dispose();
      stopped(unit);
    });
  }

  /** Who has not stopped yet, or was left behind because something in it did not. */
  get running(): readonly Unit[] {
    return this.units.filter(({ runner }) => runner && (runner.phase !== 'stopped' || runner.overran.length > 0));
  }

  /** Stops one unit, and before it all that depend on it. They can be started again. @returns all of them */
  async stopWith(unit: Unit): Promise<ReadonlySet<Unit>> {
    const affected = affectedBy(unit);
    await this.#backward((one) => (affected.has(one) ? one.runner?.stop() : undefined));
    return affected;
  }

  /** Starts every stopped unit whose needs are running, but not those that are held back. */
  async startAgain(held: ReadonlySet<Unit>): Promise<Restarted> {
    const result: Restarted = { started: new Set(), failures: new Map() };
    await this.#forward(async (unit) => {
      if (this.#aborted || held.has(unit)) return;
      if (unit.runner?.phase === 'stopped' && isReady(unit)) await this.#startOne(unit, result);
    });
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

  #startUnit(unit: Unit): Promise<void> | undefined {
    if (this.#failed || this.#aborted) return undefined;
    return unit.runner?.startNow()?.catch((thrown) => {
      if (this.#failed || this.#aborted) return;
      this.#failed = { unit, error: errorOf(thrown) };
      this.#abortStarts(`${unit.name} failed`, thrown);
    });
  }

  /** Takes back what has started. What fails on that way is told with the error of the start. */
  async #rollBack(service: string, error: Error): Promise<RolledBack> {
    const { events } = this.#environment;
    const started = new Set(this.units.filter(({ runner }) => runner?.phase === 'running'));
    const services = [...started].map(({ name }) => name).reverse();
    events.emit('rolling-back', { service, error, services });
    const rolledBack: string[] = [];
    const failures: Error[] = [];
    const unlisten = events.on('release-failed', (event) => void failures.push(event.error));
    await this.#stopAll((unit) => started.has(unit) && rolledBack.push(unit.name));
    unlisten();
    return { rolledBack, failures };
  }

  /** Does `step` for each unit after all that it needs. */
  #forward(step: Step): Promise<void> {
    return this.#order ? oneByOne(this.#order, step) : this.#along('needs', step);
  }

  /** Does `step` for each unit after all that need it. */
  #backward(step: Step): Promise<void> {
    return this.#order ? oneByOne([...this.#order].reverse(), step) : this.#along('neededBy', step);
  }

  /** Does `step` for each unit once it is done for all its neighbours on one side; what takes no time is done on the way. */
  async #along(side: Side, step: Step): Promise<void> {
    const busy = new Map<Unit, Promise<unknown>>();
    for (const unit of this.#sorted(side)) {
      const before = [...unit[side]].flatMap((neighbour) => busy.get(neighbour) ?? []);
      const work = before.length > 0 ? Promise.all(before).then(() => step(unit)) : step(unit);
      if (work) busy.set(unit, work);
    }
    await Promise.all(busy.values());
  }

  /** Units in an order in which every neighbour comes before. They form no ring, the plan has made sure. */
  #sorted(side: Side): Unit[] {
    const left = new Map<Unit, number>();
    const sorted = this.units.filter((unit) => unit[side].size === 0);
    for (const unit of sorted) {
      for (const follower of unit[OPPOSITE[side]]) {
        const count = (left.get(follower) ?? follower[side].size) - 1;
        left.set(follower, count);
        if (count === 0) sorted.push(follower);
      }
    }
    return sorted;
  }
}

type Side = 'needs' | 'neededBy';
const OPPOSITE = { needs: 'neededBy', neededBy: 'needs' } as const;

/** Undefined when it is done already. */
type Step = (unit: Unit) => Promise<unknown> | undefined;

async function oneByOne(units: readonly Unit[], step: Step): Promise<void> {
  for (const unit of units) await step(unit);
}

/** A unit and all that need it, also by way of others. */
function affectedBy(unit: Unit): ReadonlySet<Unit> {
  const affected = new Set([unit]);
  for (const one of affected) for (const dependent of one.neededBy) affected.add(dependent);
  return affected;
}

/** Values have no phase: they are always there. */
function isReady(unit: Unit): boolean {
  return [...unit.needs].every(({ runner }) => runner === undefined || runner.phase === 'running');
}
