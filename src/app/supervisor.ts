// Supervisor: restarts what failed together with all that depends on it, with patience and a budget, or gives up.
import { backoffDelay } from '../kernel/backoff.js';
import type { Environment } from '../kernel/home.js';
import { EscalationError } from './errors.js';
import type { Orchestrator, Unit } from './orchestrator.js';

const DEFAULTS = { on: 'never', maxRestarts: 5, within: 60_000 } as const;
const BACKOFF = { min: 100, max: 30_000, factor: 2, jitter: 0.2 } as const;
/** After so many milliseconds of running, the next failure is a first one again. */
const HEALTHY = 30_000;

/** What is remembered of one unit's failures. */
interface History {
  /** Times of restarts within the window. */
  times: number[];
  /** Failures in a row. */
  attempt: number;
  startedAt: number;
}

/** Watches the units of one application. Stops and starts follow one another, so that no two of them meet half-way. */
export class Supervisor {
  readonly #orchestrator: Orchestrator;
  readonly #environment: Environment;
  readonly #escalate: (error: Error) => void;
  readonly #histories = new Map<Unit, History>();
  /** Those that wait for the end of their backoff. */
  readonly #held = new Set<Unit>();
  readonly #abort = new AbortController();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(orchestrator: Orchestrator, around: { environment: Environment; escalate: (error: Error) => void }) {
    this.#orchestrator = orchestrator;
    this.#environment = around.environment;
    this.#escalate = around.escalate;
    for (const unit of orchestrator.units) {
      if (unit.runner) unit.runner.onFailure = (error) => void this.#failed(unit, error);
    }
  }

  /** Whether something is on its way back. */
  get recovering(): boolean {
    return this.#held.size > 0;
  }

  /** Stops a unit and all that depends on it, then starts them again. @throws what it failed to start with */
  async restart(unit: Unit): Promise<void> {
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

  async #failed(unit: Unit, error: Error): Promise<void> {
    const policy = { ...DEFAULTS, ...unit.restart };
    if (policy.on === 'never' || this.#abort.signal.aborted || this.#held.has(unit)) return;
    const history = this.#note(unit, policy.within);
    if (history.times.length > policy.maxRestarts) return this.#escalate(new EscalationError(unit.name, policy, error));
    const delay = backoffDelay(history.attempt, { ...BACKOFF, ...policy.backoff });
    this.#held.add(unit);
    this.#environment.events.emit('restarting', { service: unit.name, error, attempt: history.attempt, delay });
    await this.#inTurn(() => this.#orchestrator.stopWith(unit));
    await this.#environment.clock.sleep(delay, { signal: this.#abort.signal }).catch(() => {});
    this.#held.delete(unit);
    await this.#inTurn(() => this.#startAgain());
  }

  #note(unit: Unit, within: number): History {
    const now = this.#environment.clock.monotonic();
    const history = this.#histories.get(unit) ?? { times: [], attempt: 0, startedAt: now };
    history.times = [...history.times.filter((time) => now - time < within), now];
    history.attempt = now - history.startedAt >= HEALTHY ? 1 : history.attempt + 1;
    this.#histories.set(unit, history);
    return history;
  }

  /** Starts whatever can start; what fails is a failure like any other. */
  async #startAgain(): Promise<ReadonlyMap<Unit, Error>> {
    if (this.#abort.signal.aborted) return new Map();
    const { started, failures } = await this.#orchestrator.startAgain(this.#held);
    const now = this.#environment.clock.monotonic();
    for (const unit of started) {
      const history = this.#histories.get(unit);
      if (!history) continue;
      history.startedAt = now;
      this.#environment.events.emit('restarted', { service: unit.name, attempt: history.attempt });
    }
    for (const [unit, error] of failures) void this.#failed(unit, error);
    return failures;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }
}
