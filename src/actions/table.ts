// ActionTable: the actions of an application by name, and the one way in which every door calls them.

import { type Call, type GuardFunction, passGuards, type Session } from '../http/guard.js';
import type { Deadline } from '../kernel/deadline.js';
import { errorOf } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import { ProblemError } from '../kernel/problem.js';
import { Scope } from '../kernel/scope.js';
import type { Class } from '../kernel/token.js';
import type { Job } from '../queue/job.js';
import type { QueuePlan } from '../queue/plan.js';
import { AwayError, isFailure } from '../sockets/errors.js';
import { type ActionAnswer, answerOf, rejectionOf } from './answer.js';
import { CallGivenUpError, UnknownActionError } from './errors.js';
import { ActionJobs, type Order, type Tell } from './jobs.js';
import { checkCallId, type Named, printOf, type ReplayOptions, Replays } from './replays.js';
import type { Checked, RunningAction } from './running-action.js';

/** One call of an action, as its door sees it. */
export interface ActionRequest {
  /** What the caller sent, not validated yet. */
  readonly payload: unknown;
  /** Why the payload cannot be read; told only to those whom the guards let pass. */
  readonly fault?: Error | undefined;
  /** What its client calls it, when it may send it again. */
  readonly id?: string | undefined;
  /** Who is calling. */
  session(): Session | undefined | Promise<Session | undefined>;
  /** What guards see of it. */
  call(at: { controller: Class; method: string | symbol }): Call | Promise<Call>;
  /** The session by which callers are told apart; undefined where they are not. */
  caller(): string | undefined | Promise<string | undefined>;
  /** Aborted when nobody waits for the answer any more, or the door is about to close. */
  signals(): readonly AbortSignal[];
  /** Emits to the calling socket, if it is one. */
  readonly tell?: Tell | undefined;
}

/** Somebody asks for a job, or calls it off. */
export type JobRequest = Omit<ActionRequest, 'payload' | 'id' | 'session'>;

/** Who is told to have failed when nobody knows which action is meant. */
const JOBS = { service: 'actions', name: 'jobs' };

/** Calls actions by name; what comes back is the same through every door. */
export class ActionTable {
  readonly #environment: Environment;
  readonly #actions = new Map<string, RunningAction>();
  /** Owns the doors, which stay open while controllers come and go. */
  readonly #scope: Scope;
  readonly #replays: Replays;
  readonly #jobs: ActionJobs;
  /** Calls that have no answer yet. */
  readonly #calls = new Set<{ readonly name: string }>();
  #guards: () => readonly GuardFunction[] = () => [];
  #opened = false;

  constructor(environment: Environment, options: ReplayOptions = {}) {
    this.#environment = environment;
    this.#replays = new Replays(environment.clock, options);
    this.#jobs = new ActionJobs(environment);
    this.#scope = new Scope('actions', {
      clock: environment.clock,
      events: environment.events,
      births: environment.births,
    });
    this.#scope.addCleanup(() => this.#replays.close());
  }

  /** The names of all actions that have been started. */
  get names(): readonly string[] {
    return [...this.#actions.keys()];
  }

  /**
   * Opens the doors, once.
   *
   * @param surroundings.guards - the application's, asked before those of every action
   * @param surroundings.announce - says something to all sockets of a session
   */
  open(
    doors: (scope: Scope) => void,
    { guards, announce }: { guards: () => readonly GuardFunction[]; announce: ActionJobs['announce'] },
  ): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#guards = guards;
    this.#jobs.announce = announce;
    doors(this.#scope);
  }

  /** Takes an action; one of that name which has stopped makes room for it. */
  add(action: RunningAction, run: Scope): void {
    const { name, deferral } = action;
    this.#actions.set(name, action);
    if (deferral) this.#jobs.queueOf(name, deferral).serve((job) => action.work(job as Job<Order>), run);
  }

  /** The name of the action of each call that is being answered. */
  get underWay(): readonly string[] {
    return [...this.#calls].map(({ name }) => name);
  }

  /** The name of the action of each job that is being done. */
  get jobsUnderWay(): readonly string[] {
    return this.#jobs.underWay;
  }

  has(name: unknown): boolean {
    return this.#actions.has(name as string);
  }

  /** Calls an action. Never rejects: whatever happens is an answer. */
  async invoke(name: unknown, request: ActionRequest): Promise<ActionAnswer> {
    const action = this.#actions.get(name as string);
    if (!action) return rejectionOf(new UnknownActionError());
    const { clock, events } = this.#environment;
    const begun = clock.monotonic();
    const call = { name: action.name };
    this.#calls.add(call);
    const answer = await this.#answer(action, request);
    this.#calls.delete(call);
    const duration = clock.monotonic() - begun;
    events.emit('action-answered', { service: action.service, action: action.name, status: answer.status, duration });
    return answer;
  }

  /** A caller says that it does not want an answer any more. */
  async giveUp(name: unknown, request: ActionRequest, reason: Error): Promise<void> {
    const { id } = request;
    if (typeof id !== 'string' || !this.has(name)) return;
    const call = { id, action: name as string, caller: await request.caller() };
    this.#replays.giveUp(call, reason);
    await this.#jobs.giveUp(call);
  }

  /** What is known of a job, for whoever handed it over and still passes the guards. @param cancels - calls it off before */
  async job(id: unknown, request: JobRequest, cancels = false): Promise<ActionAnswer> {
    let action: RunningAction | undefined;
    try {
      action = this.#actions.get(this.#jobs.nameOf(id, await request.caller())) as RunningAction;
      await this.#passGuards(action, { ...request, payload: undefined });
      if (request.fault) throw request.fault;
      if (cancels) await this.#jobs.cancel(id as string);
      return answerOf(this.#jobs.view(id as string, request.tell));
    } catch (thrown) {
      return this.#rejection(action ?? JOBS, thrown, request);
    }
  }

  /** Begins no more jobs, and waits for those at hand. Resolves at the deadline at the latest: their controllers have time of their own. */
  async drain(deadline: Deadline): Promise<void> {
    await deadline.wait(this.#jobs.halt(), () => new AwayError()).catch(() => {});
  }

  /** Closes the doors. Jobs at hand end with their controllers. */
  async close(): Promise<void> {
    await this.#scope.close();
    await this.#jobs.close();
  }

  async #answer(action: RunningAction, request: ActionRequest): Promise<ActionAnswer> {
    try {
      const name = await nameOf(action, request);
      // What has been done is told also while the controller is away, or its caller would do it again.
      if (!name || !this.#replays.knows(name)) checkActive(action);
      await this.#passGuards(action, request);
      if (request.fault) throw request.fault;
      if (request.id !== undefined) checkCallId(request.id);
      if (!name) return await this.#run(action, request);
      const call = { ...name, payload: request.payload, tell: request.tell, signals: request.signals() };
      return await this.#replays.answer(call, (signal, tell) =>
        this.#run(action, { ...request, tell, signals: () => [signal] }),
      );
    } catch (thrown) {
      return this.#rejection(action, thrown, request);
    }
  }

  async #run(action: RunningAction, request: ActionRequest): Promise<ActionAnswer> {
    let undone = true;
    try {
      const checked = await action.check(request);
      if (action.deferral) return await this.#handOver(action, action.deferral, { ...request, checked });
      checkActive(action);
      undone = false;
      return answerOf(await action.run(request, checked));
    } catch (thrown) {
      return { ...this.#rejection(action, thrown, request), undone };
    }
  }

  async #handOver(
    action: RunningAction,
    plan: QueuePlan,
    request: ActionRequest & { readonly checked: Checked },
  ): Promise<ActionAnswer> {
    const { id, payload, tell, checked } = request;
    const caller = await request.caller();
    checkActive(action);
    for (const signal of request.signals()) signal.throwIfAborted();
    const isNamed = id !== undefined && !action.idempotent;
    const key = isNamed ? [caller ?? '', id, printOf(payload)].join(' ') : undefined;
    return this.#jobs.add({ ...checked, name: action.name, caller, tell, callId: id }, plan, key);
  }

  #rejection(action: Pick<RunningAction, 'service' | 'name'>, thrown: unknown, request: JobRequest): ActionAnswer {
    const error = errorOf(thrown);
    // Who gave up because nobody waits any more did right.
    const gaveUp = request.signals().some(({ aborted, reason }) => aborted && reason === error);
    const { service, name } = action;
    const type = isFailure(error) && !gaveUp ? 'action-failed' : 'action-refused';
    this.#environment.events.emit(type, { service, action: name, error });
    return rejectionOf(gaveUp && !(error instanceof ProblemError) ? new CallGivenUpError() : error);
  }

  async #passGuards(action: RunningAction, request: Pick<ActionRequest, 'call' | 'payload'>): Promise<void> {
    const guards = [...this.#guards(), ...action.guards];
    if (guards.length === 0) return;
    const call = await request.call({ controller: action.target, method: action.method });
    await passGuards(guards, { ...call, kind: 'action', payload: request.payload });
  }
}

/** What a call is known by when it comes again. */
async function nameOf({ name, idempotent }: RunningAction, request: ActionRequest): Promise<Named | undefined> {
  const { id } = request;
  return typeof id !== 'string' || idempotent ? undefined : { id, action: name, caller: await request.caller() };
}

/** Guards and rules take their time, and the controller may have stopped meanwhile. */
function checkActive(action: RunningAction): void {
  if (!action.active) throw new AwayError();
}
