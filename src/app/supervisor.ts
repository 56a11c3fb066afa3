// Supervisor: restarts what failed together with all that depends on it, with patience and a budget, or gives up.
import { makeAbort } from '../kernel/abort.js';
import { backoffDelay } from '../kernel/backoff.js';
import type { Environment } from '../kernel/home.js';
import { EscalationError } from './errors.js';
import type { Orchestrator, Unit } from './orchestrator.js';

const DEFAULTS = { on: 'never', maxRestarts: 5, within: 60_000 } as const;
const BACKOFF = { min: 100, max: 30_000, factor: 2, jitter: 0.2 } as const;
/** After so many milliseconds of running, the next failure is a first one again. */
const HEALTHY = 30_000;

/** What is remembered of one unit. */
interface History {
  /** Times of failures within the window. */
  times: number[];
  /** Failures in a row. */
  attempt: number;
  /** When it last came up; infinite while it has not. */
  startedAt: number;
  /** The backoff that it waits for; undefined when it waits for none. */
  waiting: object | undefined;
}

/** Watches the units of one application. Stops and starts follow one another, so that no two of them meet half-way. */
export class Supervisor {
  readonly #orchestrator: Orchestrator;
  readonly #environment: Environment;
  readonly #escalate: (error: Error) => void;
  readonly #histories = new Map<Unit, History>();
  readonly #abort = makeAbort();
  /** Failures of those that had started while others had not; taken once all have. */
  #early: (() => void)[] | undefined = [];
  #queue: Promise<unknown> = Promise.resolve();
  #turns = 0;

  constructor(orchestrator: Orchestrator, around: { environment: Environment; escalate: (error: Error) => void }) {
    this.#orchestrator = orchestrator;
    this.#environment = around.environment;
    this.#escalate = around.escalate;
    for (const unit of orchestrator.units) {
      if (unit.runner) unit.runner.onFailure = (error) => this.#take(() => void this.#failed(unit, error));
    }
  }

  /** Whether something is on its way back. */
  get recovering(): boolean {
    return this.#turns > 0 || this.#held.size > 0;
  }

  /** Everything has started: failures are taken from now on, those that came before as well. */
  begin(): void {
    const now = this.#environment.clock.monotonic();
    for (const unit of this.#orchestrator.units) {
      this.#histories.set(unit, { times: [], attempt: 0, startedAt: now, waiting: undefined });
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const take of early) take();
  }

  /** Stops a unit and all that depends on it, then starts them again. @throws what it failed to start with */
  async restart(unit: Unit): Promise<void> {
    const history = this.#histories.get(unit);
    if (history) history.waiting = undefined;
    const failures = await this.#inTurn(async () => {
      await this.#orchestrator.stopWith(unit);
      return this.#startAgain();
    });
    const own = failures.get(unit);
    if (own) throw own;
  }

  /** Restarts nobody from now on, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('The application is stopping'));
    await this.#queue;
  }

  /** Resolves when all failures so far have been taken: their units and what depends on them have stopped. */
  async taken(): Promise<void> {
    await this.#queue;
  }

  #take(failure: () => void): void {
    if (this.#early) this.#early.push(failure);
    else failure();
  }

  /** @param starting - it failed while it was started again, which counts whatever its policy is */
  async #failed(unit: Unit, error: Error, starting = false): Promise<void> {
    const policy = { ...DEFAULTS, ...unit.restart };
    const history = this.#histories.get(unit);
    if (!history || history.waiting || this.#abort.signal.aborted || (policy.on === 'never' && !starting)) return;
    this.#count(history, policy.within);
    if (history.times.length > policy.maxRestarts) return this.#escalate(new EscalationError(unit.name, policy, error));
    await this.#comeBack(unit, history, error);
  }

  async #comeBack(unit: Unit, history: History, error: Error): Promise<void> {
    const { attempt } = history;
    const delay = backoffDelay(attempt, { ...BACKOFF, ...unit.restart?.backoff });
    const waiting = {};
    history.waiting = waiting;
    this.#environment.events.emit('restarting', { service: unit.name, error, attempt, delay });
    await this.#inTurn(() => this.#orchestrator.stopWith(unit));
    await this.#environment.clock.sleep(delay, { signal: this.#abort.signal }).catch(() => {});
    if (history.waiting !== waiting) return;
    history.waiting = undefined;
    await this.#inTurn(() => this.#startAgain());
  }

  #count(history: History, within: number): void {
    const now = this.#environment.clock.monotonic();
    history.times = [...history.times.filter((time) => now - time < within), now];
    history.attempt = now - history.startedAt >= HEALTHY ? 1 : history.attempt + 1;
    history.startedAt = Number.POSITIVE_INFINITY;
  }

  /** Starts whatever can start; what fails is a failure like any other. */
  async #startAgain(): Promise<ReadonlyMap<Unit, Error>> {
    if (this.#abort.signal.aborted) return new Map();
    const { started, failures } = await this.#orchestrator.startAgain(this.#held);
    for (const unit of started) this.#cameUp(unit);
    for (const [unit, error] of failures) void this.#failed(unit, error, true);
    return failures;
  }

  #cameUp(unit: Unit): void {
    const history = this.#histories.get(unit);
    if (!history) return;
    history.startedAt = this.#environment.clock.monotonic();
    if (history.attempt > 0)
      this.#environment.events.emit('restarted', { service: unit.name, attempt: history.attempt });
  }

  /** Those that wait for the end of their backoff. */
  get #held(): ReadonlySet<Unit> {
    return new Set([...this.#histories].flatMap(([unit, { waiting }]) => (waiting ? [unit] : [])));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#turns += 1;
    const result = this.#queue.then(work).finally(() => {
      this.#turns -= 1;
    });
    this.#queue = result.catch(() => {});
    return result;
  }
}
