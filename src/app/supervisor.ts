// Supervisor: restarts what failed together with all that depends on it, with patience and a budget, or gives up.
import { makeAbort } from '../kernel/abort.js';
import { StartAbortedError } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import { RestartBudget, type Retry, restartPolicy } from '../kernel/restart-budget.js';
import { EscalationError } from './escalation.js';
import type { Orchestrator, Unit } from './orchestrator.js';

/** What is remembered of one unit. */
interface History {
  readonly budget: RestartBudget;
  /** The backoff that it waits for; undefined when it waits for none. */
  waiting: Retry | undefined;
  /** The try that its next start is; undefined when it has not failed. */
  attempt: number | undefined;
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
      const budget = new RestartBudget(restartPolicy(unit.restart));
      this.#histories.set(unit, { budget, waiting: undefined, attempt: undefined });
      if (unit.runner) unit.runner.onFailure = (error) => this.#take(() => void this.#failed(unit, error));
    }
  }

  /** Whether something is on its way back. */
  get recovering(): boolean {
    return this.#turns > 0 || this.#held.size > 0;
  }

  /** Everything has started: failures are taken from now on, those that came before as well. */
  begin(): void {
    for (const { budget } of this.#histories.values()) budget.started(this.#now);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const take of early) take();
  }

  /** Stops a unit and all that depends on it, then starts them again. @throws why it does not run then */
  async restart(unit: Unit): Promise<void> {
    const history = this.#historyOf(unit);
    history.waiting = undefined;
    const failures = await this.#inTurn(async () => {
      await this.#stopWith(unit);
      return this.#startAgain();
    });
    if (unit.runner?.phase === 'running') return;
    throw failures.get(unit) ?? new StartAbortedError(unit.name, this.#whyNot(unit));
  }

  /** Restarts nobody from now on, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#giveUp();
    await this.#queue;
  }

  /** Resolves when all failures so far have been taken: their units and what depends on them have stopped. */
  async taken(): Promise<void> {
    await this.#queue;
  }

  #giveUp(): void {
    this.#abort.abort(new Error('The application is stopping'));
  }

  #take(failure: () => void): void {
    if (this.#early) this.#early.push(failure);
    else failure();
  }

  /** @param starting - it failed while it was started again, which counts whatever its policy is */
  async #failed(unit: Unit, error: Error, starting = false): Promise<void> {
    const history = this.#historyOf(unit);
    const supervised = starting || unit.restart?.on === 'failure';
    if (!supervised || history.waiting || this.#abort.signal.aborted) return;
    const retry = history.budget.failed(this.#now);
    if (retry) await this.#comeBack(unit, retry, error);
    else this.#endAll(new EscalationError(unit.name, history.budget.policy, error));
  }

  /** One escalation is enough, and whoever waits for a backoff has nothing to wait for any more. */
  #endAll(error: Error): void {
    this.#giveUp();
    this.#escalate(error);
  }

  async #comeBack(unit: Unit, retry: Retry, error: Error): Promise<void> {
    const history = this.#historyOf(unit);
    history.waiting = retry;
    history.attempt = retry.attempt;
    this.#environment.events.emit('restarting', { service: unit.name, error, ...retry });
    await this.#inTurn(() => this.#stopWith(unit));
    await this.#environment.clock.sleep(retry.delay, { signal: this.#abort.signal }).catch(() => {});
    if (history.waiting !== retry) return;
    history.waiting = undefined;
    await this.#inTurn(() => this.#startAgain());
  }

  async #stopWith(unit: Unit): Promise<void> {
    for (const one of await this.#orchestrator.stopWith(unit)) this.#historyOf(one).budget.stopped(this.#now);
  }

  /** Starts whatever can start; what fails is a failure like any other. */
  async #startAgain(): Promise<ReadonlyMap<Unit, Error>> {
    if (this.#abort.signal.aborted) return new Map();
    const { started, failures } = await this.#orchestrator.startAgain(this.#held);
    for (const unit of started) this.#cameUp(unit);
    for (const [unit, error] of failures) void this.#failed(unit, error, true);
    return failures;
  }

  /** One that failed again before its start had come to its end is no more than on its way. */
  #cameUp(unit: Unit): void {
    const history = this.#historyOf(unit);
    if (history.waiting) return;
    const { attempt } = history;
    history.attempt = undefined;
    history.budget.started(this.#now);
    if (attempt !== undefined) this.#environment.events.emit('restarted', { service: unit.name, attempt });
  }

  #whyNot(unit: Unit): string {
    if (this.#abort.signal.aborted) return 'the application is stopping';
    const away = [...unit.needs].filter(({ runner }) => runner && runner.phase !== 'running');
    return away.length > 0
      ? `it waits for ${away.map(({ name }) => name).join(', ')} to come back`
      : 'it failed again, and waits for its next try';
  }

  /** Those that wait for the end of their backoff. */
  get #held(): ReadonlySet<Unit> {
    return new Set([...this.#histories].flatMap(([unit, { waiting }]) => (waiting ? [unit] : [])));
  }

  get #now(): number {
    return this.#environment.clock.monotonic();
  }

  #historyOf(unit: Unit): History {
    return this.#histories.get(unit) as History;
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
