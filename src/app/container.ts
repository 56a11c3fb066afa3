// Container: makes the value of each record, and tells tsyringe how; it starts and disposes nothing.
import { createRequire } from 'node:module';
import type {} from 'reflect-metadata';
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { makeAbort, whenAborted } from '../kernel/abort.js';
import { Deadline } from '../kernel/deadline.js';
import { errorOf, NoOwnerError, ScopeClosedError, StartTimeoutError } from '../kernel/errors.js';
import { construct, type Environment, homeOf, underConstruction } from '../kernel/home.js';
import { Lifecycle, runnerOf } from '../kernel/lifecycle.js';
import { type Hooks, Runner } from '../kernel/runner.js';
import { type Owner, Scope } from '../kernel/scope.js';
import { isThenable } from '../kernel/thenable.js';
import { type Class, type Token, tokenText } from '../kernel/token.js';
import { ApplicationStateError, ManyValuesError, MissingDependencyError, UnfinishedError } from './errors.js';
import { cycleError, FIELD, offerOf, type Plan, resolve } from './graph.js';
import type { Request } from './inject.js';
import type { ProviderRecord } from './module.js';
import { explainingShadows, reservedMember, shadowed } from './role-checks.js';

// Required, not imported: to import CommonJS, Node reads all its files twice, which takes longer than to run them.
const load = createRequire(import.meta.url);
load('reflect-metadata');
const { container: root } = load('tsyringe') as typeof import('tsyringe');

/** A record with its value, and the runner of what has a life. */
export interface Made {
  readonly record: ProviderRecord;
  readonly value: unknown;
  readonly runner: Runner | undefined;
  /** Who it asked for in its fields. */
  readonly asked: ReadonlySet<ProviderRecord>;
}

/** The values of one application, made on the way along its plan. */
export class Container {
  /** tsyringe's own container, which knows every value by its tokens. */
  readonly tsyringe: DependencyContainer = root.createChildContainer();
  readonly made = new Map<ProviderRecord, Made>();
  readonly #plan: Plan;
  readonly #environment: Environment;
  /** Runners of what is being made, or could not be: they may own something already. The innermost is the last. */
  readonly abandoned = new Set<Runner>();
  readonly #making: ProviderRecord[] = [];
  /** Who asks in a field at this moment, and for what, the innermost last. */
  readonly #asking: { readonly who: string; readonly what: string }[] = [];
  /** The factories that had to be awaited, and which of them stand behind each record. */
  readonly #awaited = new Set<ProviderRecord>();
  readonly #behind = new Map<ProviderRecord, ReadonlySet<ProviderRecord>>();
  readonly #faults: Error[] = [];
  readonly #abort = makeAbort();

  constructor(plan: Plan, environment: Environment) {
    this.#plan = plan;
    this.#environment = environment;
    this.tsyringe.register(Scope, { useFactory: scopeUnderConstruction });
    for (const [token, records] of plan.providers) {
      for (const record of records) {
        this.tsyringe.register(token as InjectionToken<unknown>, { useFactory: () => this.#make(record).value });
      }
    }
  }

  /** Gives up waiting for a factory. */
  abort(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /** Makes everything but unused parts of the application, dependencies first; factories are awaited. @throws the faults of one record together */
  async makeAll(): Promise<void> {
    for (const record of this.#plan.order) {
      if (this.made.has(record) || record.source.kind === 'part') continue;
      if (record.source.kind === 'factory') await this.#makeByFactory(record);
      else this.#make(record);
    }
  }

  /** The value under a token. @throws SPECTER_MISSING_DEPENDENCY */
  get<T>(token: Token<T>): T {
    const [record] = this.#plan.providersOf(token);
    const made = record?.source.kind === 'part' ? this.#make(record) : record && this.made.get(record);
    if (!made || record?.multi) throw this.#unanswered(token, record);
    return made.value as T;
  }

  #unanswered(token: Token, record: ProviderRecord | undefined): Error {
    const name = tokenText(token);
    const { providers } = this.#plan;
    if (!record) return new MissingDependencyError('The application', 'app.get()', name, offerOf(token, providers));
    if (record.multi) return new ManyValuesError('The application', 'app.get()', name);
    return new ApplicationStateError(`app.get(${name})`, 'it has not been made yet. Ask for it by injection');
  }

  /** Makes one record now, and first what it needs: the walk is in order, but a field may run ahead of it. */
  #make(record: ProviderRecord): Made {
    const made = this.made.get(record);
    if (made) return made;
    this.#checkRing(record);
    this.#making.push(record);
    try {
      for (const needed of this.#plan.needs.get(record) ?? []) this.#make(needed);
      return this.#keep(this.#valueOf(record));
    } finally {
      this.#making.pop();
    }
  }

  #checkRing(record: ProviderRecord): void {
    const at = this.#making.indexOf(record);
    if (at >= 0) throw cycleError([...this.#making.slice(at), record], this.#plan.providers);
  }

  #valueOf(record: ProviderRecord): Made {
    const { source } = record;
    if (source.kind === 'class') return this.#construct(record, source.target);
    if (source.kind === 'factory') return this.#callSynchronously(record);
    return { record, value: this.#plainValue(record), runner: undefined, asked: new Set() };
  }

  #plainValue({ source }: ProviderRecord): unknown {
    if (source.kind === 'value') return source.value;
    if (source.kind === 'part') return source.make();
    return source.kind === 'alias' ? this.get(source.of) : undefined;
  }

  #construct(record: ProviderRecord, target: Class): Made {
    const runner = this.#runnerOf(record);
    const asked = new Set<ProviderRecord>();
    const faultsBefore = this.#faults.length;
    const value = this.#guarded(faultsBefore, () => this.#runConstructor(target, { record, runner, asked }));
    if (!(value instanceof Lifecycle)) runner.bind(value, value);
    const fields = shadowed(value);
    if (fields.length > 0) throw reservedMember(target, fields);
    return { record, value, runner, asked };
  }

  #runConstructor(target: Class, at: { record: ProviderRecord; runner: Runner; asked: Set<ProviderRecord> }): object {
    const answer = (request: Request) => this.#answer(at, request);
    const dependencies =
      this.#plan.parameters.get(at.record)?.map((request) => this.#argument(request, at.runner)) ?? [];
    const make = () => new (target as Constructor)(...dependencies);
    return explainingShadows(target, () => construct({ target, home: at.runner, inject: answer }, make));
  }

  /** What went wrong in fields is told before what their absence broke. */
  #guarded(faultsBefore: number, make: () => object): object {
    let value: object | undefined;
    let thrown: unknown;
    try {
      value = make();
    } catch (error) {
      thrown = error;
    }
    const faults = this.#faults.splice(faultsBefore);
    if (faults.length > 0) throw faults.length === 1 ? faults[0] : new AggregateError(faults);
    if (!value) throw thrown;
    return value;
  }

  #answer(at: { record: ProviderRecord; runner: Runner; asked: Set<ProviderRecord> }, request: Request): unknown {
    if (request.token === Scope) return at.runner.scope;
    const { providers } = this.#plan;
    const records = resolve(at.record, { ...request, where: FIELD }, { providers, faults: this.#faults });
    const values = records.map((record) => {
      at.asked.add(record);
      return this.#forField(at.record, record);
    });
    return request.all ? values : values[0];
  }

  #forField(asking: ProviderRecord, record: ProviderRecord): unknown {
    this.#asking.push({ who: asking.name, what: record.name });
    try {
      const { value } = this.#make(record);
      this.#checkAwaited(asking, record);
      return value;
    } catch (thrown) {
      if (!(thrown instanceof UnfinishedError)) throw thrown;
      this.#faults.push(thrown);
      return undefined;
    } finally {
      this.#asking.pop();
    }
  }

  /** Whether a factory has finished by now depends on the order of lists; whether something puts it before, does not. */
  #checkAwaited(asking: ProviderRecord, asked: ProviderRecord): void {
    const before = [...(this.#plan.needs.get(asking) ?? [])];
    for (const factory of this.#behind.get(asked) ?? []) {
      if (!factory.fake && !before.some((needed) => this.#behind.get(needed)?.has(factory)))
        throw new UnfinishedError(asking.name, factory.name, asked.name);
    }
  }

  #noteAwaited({ record, asked }: Made): void {
    const behind = new Set(this.#awaited.has(record) ? [record] : []);
    for (const needed of [...(this.#plan.needs.get(record) ?? []), ...asked])
      for (const factory of this.#behind.get(needed) ?? []) behind.add(factory);
    if (behind.size > 0) this.#behind.set(record, behind);
  }

  async #makeByFactory(record: ProviderRecord): Promise<void> {
    const made = this.#callFactory(record);
    if (isThenable(made.value)) this.#awaited.add(record);
    this.#keep({ ...made, value: await this.#settled(made) });
  }

  /** A factory has as long as a start, and no longer than the boot goes on. */
  async #settled(made: Made): Promise<unknown> {
    const { record, value, runner } = made;
    const ms = (runner as Runner).startTimeout;
    const aborted = whenAborted(this.#abort.signal);
    try {
      const late = () => new StartTimeoutError(record.name, ms, 'its factory');
      return await new Deadline(ms).wait(Promise.race([value, aborted.promise]), late);
    } catch (thrown) {
      void this.#closeLate(made, thrown);
      throw thrown;
    } finally {
      aborted.release();
    }
  }

  /** Nobody waits any more for what a factory gives now: it is closed again, and what it throws is told. */
  async #closeLate(made: Made, told: unknown): Promise<void> {
    try {
      const value = await made.value;
      await adoptValue({ ...made, value }, this.#environment).runner?.dispose();
    } catch (thrown) {
      const error = errorOf(thrown);
      if (thrown !== told && !(error instanceof ScopeClosedError))
        this.#environment.events.emit('release-failed', { service: made.record.name, error });
    }
  }

  /** A field cannot wait, so it can only have what a factory gives at once. */
  #callSynchronously(record: ProviderRecord): Made {
    const { who, what } = this.#asking.at(-1) ?? { who: 'The application', what: record.name };
    const unfinished = () => new UnfinishedError(who, record.name, what);
    if (record.source.kind === 'factory' && isAsync(record.source.make)) throw unfinished();
    const made = this.#callFactory(record);
    if (!isThenable(made.value)) return made;
    made.value.then(undefined, () => {});
    throw unfinished();
  }

  #callFactory(record: ProviderRecord): Made {
    if (record.source.kind !== 'factory') throw new TypeError('not a factory');
    const runner = this.#runnerOf(record);
    const dependencies = record.source.inject.map((token) =>
      this.#argument({ token, all: this.#isList(token) }, runner),
    );
    const make = record.source.make as (...dependencies: unknown[]) => unknown;
    const value = construct({ target: undefined, home: runner }, () => make(...dependencies));
    return { record, value, runner, asked: new Set() };
  }

  #runnerOf(record: ProviderRecord): Runner {
    const runner = new Runner(record.name, this.#environment, record.options);
    runner.managed = true;
    this.abandoned.add(runner);
    return runner;
  }

  #isList(token: Token): boolean {
    return this.#plan.providersOf(token)[0]?.multi ?? false;
  }

  #argument({ token, all }: Pick<Request, 'token' | 'all'>, runner: Runner): unknown {
    if (token === Scope) return runner.scope;
    // tsyringe throws for what nobody provides; that such a parameter may go without was checked before.
    if (this.#plan.providersOf(token).length === 0) return all ? [] : undefined;
    const asked = token as InjectionToken<unknown>;
    return all ? this.tsyringe.resolveAll(asked) : this.tsyringe.resolve(asked);
  }

  #keep(made: Made): Made {
    const kept = adoptValue(made, this.#environment);
    this.made.set(made.record, kept);
    if (made.runner) this.abandoned.delete(made.runner);
    if (this.#awaited.size > 0) this.#noteAwaited(made);
    return kept;
  }
}

/** A factory may give something that has a life of its own. */
function adoptValue(made: Made, environment: Environment): Made {
  const { record, value, runner } = made;
  if (record.source.kind !== 'factory' || !runner) return made;
  if (value instanceof Lifecycle && !isManaged(value))
    return { ...made, runner: takeOver(value, { beside: runner, environment }) };
  if (hasLife(value) && !isManaged(value)) bindLife(value, runner);
  else if (runner.scope.size === 0) return { ...made, runner: undefined };
  return made;
}

/** Without an `onStart` it was the factory that opened it: then it is open from now on, and closed with its runner even if that never starts. */
function bindLife(value: Hooks, runner: Runner): void {
  if (value.onStart) runner.bind(value as object, value);
  else runner.scope.hold({ kind: 'resource', label: runner.name, release: () => value.onStop?.() });
}

/** What a factory opened beside the value that it gave lives as long as the value. */
function takeOver(value: Lifecycle, { beside, environment }: { beside: Runner; environment: Environment }): Runner {
  const own = runnerOf(value);
  own.move(environment);
  own.managed = true;
  if (beside.scope.size > 0) own.scope.hold({ kind: 'cleanup', label: beside.name, release: () => beside.dispose() });
  return own;
}

/** A factory may give what another provider has made: that one starts and stops it. */
function isManaged(value: object): boolean {
  const home = homeOf(value as Owner);
  return home instanceof Runner && home.managed;
}

function hasLife(value: unknown): value is object {
  const hooks = value as Hooks | null | undefined;
  return typeof hooks?.onStart === 'function' || typeof hooks?.onStop === 'function';
}

type Constructor = new (...dependencies: unknown[]) => object;

function scopeUnderConstruction(): Scope {
  const home = underConstruction()?.home;
  if (!home) throw new NoOwnerError('A Scope', 'a class that an application is constructing');
  return home.scope;
}

function isAsync(fn: unknown): boolean {
  return (fn as object).constructor.name === 'AsyncFunction';
}
