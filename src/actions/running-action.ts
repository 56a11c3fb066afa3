// RunningAction: one action while its controller runs: the check of its payload, its time, and its signal.

import { setMaxListeners } from 'node:events';
import type { GuardFunction, Session } from '../http/guard.js';
import { errorOf } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import type { Class } from '../kernel/token.js';
import type { Argument, ArgumentPlan } from '../sockets/arguments.js';
import { AwayError } from '../sockets/errors.js';
import { InFlight } from '../sockets/in-flight.js';
import { checkStructure, DEFAULT_LIMITS } from '../validation/limits.js';
import { CallSignal } from './call-signal.js';
import { ActionTimeoutError } from './errors.js';
import type { ActionRequest } from './table.js';

/** What is known of an action at boot. */
export interface ActionPlan extends ArgumentPlan {
  /** `todo.add`. */
  readonly name: string;
  readonly target: Class;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  readonly idempotent: boolean;
}

/** Who runs an action. */
export interface Running {
  readonly instance: object;
  /** The name of the instance, for reports. */
  readonly service: string;
  readonly guards: readonly GuardFunction[];
  readonly environment: Pick<Environment, 'clock' | 'events'>;
}

type Values = Readonly<Record<Argument, unknown>>;

/** One action of one controller, until the controller stops. */
export class RunningAction {
  readonly service: string;
  readonly guards: readonly GuardFunction[];
  readonly #plan: ActionPlan;
  readonly #running: Running;
  readonly #calls = new InFlight();
  readonly #leaving = new AbortController();

  constructor(plan: ActionPlan, running: Running) {
    this.#plan = plan;
    this.#running = running;
    this.service = running.service;
    this.guards = running.guards;
    setMaxListeners(Number.POSITIVE_INFINITY, this.#leaving.signal);
  }

  get name(): string {
    return this.#plan.name;
  }

  get target(): Class {
    return this.#plan.target;
  }

  get method(): string | symbol {
    return this.#plan.method;
  }

  /** Whether it may run again for a call that is sent again. */
  get idempotent(): boolean {
    return this.#plan.idempotent;
  }

  get active(): boolean {
    return !this.#leaving.signal.aborted;
  }

  /** Takes no more calls, and asks those under way to end. @returns resolves when they have; undefined when there are none */
  stop(): Promise<void> | undefined {
    this.#leaving.abort(new AwayError());
    return this.#calls.settled();
  }

  /** Checks the payload and calls the method. @throws whatever comes of it, SPECTER_TIMEOUT among it */
  async run(request: ActionRequest): Promise<unknown> {
    const { gate, parameters, timeout } = this.#plan;
    const payload = gate ? await gate.check(request.payload) : ignored(request.payload);
    const session = parameters.includes('session') ? await request.session() : undefined;
    if (timeout === undefined && !parameters.includes('signal')) return this.#call({ payload, session });
    const following = new CallSignal([...request.signals(), this.#leaving.signal]);
    const work = this.#call({ payload, session, signal: following.signal });
    if (timeout === undefined) return work.finally(() => following.end());
    return this.#within(timeout, work, following);
  }

  /** The method itself; counted until it really ends, also when nobody waits for it any more. */
  #call(values: { payload: unknown; session: Session | undefined; signal?: AbortSignal }): Promise<unknown> {
    const methods = this.#running.instance as Record<string | symbol, (...args: unknown[]) => unknown>;
    const { method, parameters } = this.#plan;
    const args = parameters.map((argument) => (values as Partial<Values>)[argument]);
    return this.#calls.run(async () => methods[method]?.(...args));
  }

  #within(timeout: number, work: Promise<unknown>, following: CallSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let late = false;
      const disarm = this.#running.environment.clock.setDeadline(() => {
        late = true;
        const error = new ActionTimeoutError(timeout);
        following.abort(error);
        reject(error);
      }, timeout);
      const end = () => {
        disarm();
        following.end();
      };
      work.then(resolve, (thrown) => (late ? this.#tooLate(thrown, following.signal) : reject(thrown))).finally(end);
    });
  }

  /** The caller has had an answer; what went wrong after it still is not lost. */
  #tooLate(thrown: unknown, signal: AbortSignal): void {
    if (thrown === signal.reason) return;
    this.#running.environment.events.emit('action-failed', {
      service: this.service,
      action: this.name,
      error: errorOf(thrown),
    });
  }
}

/** A payload that the method does not take is held to the same limits, or HTTP, which must read it, would refuse more than sockets. */
function ignored(payload: unknown): undefined {
  if (payload !== undefined) checkStructure(payload, DEFAULT_LIMITS, 'payload');
}
