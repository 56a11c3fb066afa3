// Container: makes the value of each record, classes with tsyringe; it starts and disposes nothing.
import { createRequire } from 'node:module';
import type {} from 'reflect-metadata';
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { makeAbort, whenAborted } from '../kernel/abort.js';
import { Deadline } from '../kernel/deadline.js';
import { NoOwnerError, StartTimeoutError } from '../kernel/errors.js';
import { construct, type Environment, homeOf, underConstruction } from '../kernel/home.js';
import { Lifecycle, runnerOf } from '../kernel/lifecycle.js';
import { type Hooks, Runner } from '../kernel/runner.js';
import { isThenable, type Owner, Scope } from '../kernel/scope.js';
import { type Class, type Token, tokenName } from '../kernel/token.js';
import { CycleError, MissingDependencyError, UnfinishedError } from './errors.js';
import { offerOf, type Plan, resolve } from './graph.js';
import type { Request } from './inject.js';
import type { ProviderRecord } from './module.js';
import { requestsOf } from './requests.js';
import { reservedMember, shadowed } from './role-checks.js';

// Required, not imported: to import CommonJS, Node reads all its files twice, which takes longer than to run them.
const load = createRequire(import.meta.url);
load('reflect-metadata');
const { inject, injectAll, injectable, container: root } = load('tsyringe') as typeof import('tsyringe');

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
  /** Who asks in a field at this moment, the innermost last. */
  readonly #asking: string[] = [];
  readonly #faults: Error[] = [];
  readonly #abort = makeAbort();

  constructor(plan: Plan, environment: Environment) {
    this.#plan = plan;
    this.#environment = environment;
    this.tsyringe.register(Scope, { useFactory: scopeUnderConstruction });
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
    if (!made)
      throw new MissingDependencyError(
        'The application',
        'app.get()',
        tokenName(token),
        offerOf(token, this.#plan.providers),
      );
    return made.value as T;
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
    if (at >= 0) throw new CycleError([...this.#making.slice(at), record].map((one) => one.name));
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
    prepare(target);
    const runner = new Runner(record.name, this.#environment, record.options);
    runner.managed = true;
    const asked = new Set<ProviderRecord>();
    const faultsBefore = this.#faults.length;
    this.abandoned.add(runner);
    const value = this.#guarded(faultsBefore, () => this.#runConstructor(target, { record, runner, asked }));
    if (!(value instanceof Lifecycle)) runner.bind(value, hooksOf(value));
    const fields = shadowed(value);
    if (fields.length > 0) throw reservedMember(target, fields);
    return { record, value, runner, asked };
  }

  #runConstructor(target: Class, at: { record: ProviderRecord; runner: Runner; asked: Set<ProviderRecord> }): object {
    const answer = (request: Request) => this.#answer(at, request);
    return construct({ target, home: at.runner, inject: answer }, () => this.tsyringe.resolve(target as Constructor));
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
    const records = resolve(
      at.record,
      { ...request, where: 'inject() in a field' },
      { providers, faults: this.#faults },
    );
    const values = records.map((record) => {
      at.asked.add(record);
      return this.#forField(at.record, record);
    });
    return request.all ? values : values[0];
  }

  #forField(asking: ProviderRecord, record: ProviderRecord): unknown {
    this.#asking.push(asking.name);
    try {
      return this.#make(record).value;
    } catch (thrown) {
      if (!(thrown instanceof UnfinishedError)) throw thrown;
      this.#faults.push(thrown);
      return undefined;
    } finally {
      this.#asking.pop();
    }
  }

  async #makeByFactory(record: ProviderRecord): Promise<void> {
    const made = this.#callFactory(record);
    this.#keep({ ...made, value: await this.#settled(made) });
  }

  /** A factory has as long as a start, and no longer than the boot goes on. */
  async #settled({ record, value, runner }: Made): Promise<unknown> {
    const ms = (runner as Runner).startTimeout;
    const aborted = whenAborted(this.#abort.signal);
    try {
      const late = () => new StartTimeoutError(record.name, ms, 'its factory');
      return await new Deadline(ms).wait(Promise.race([value, aborted.promise]), late);
    } finally {
      aborted.release();
    }
  }

  /** A field cannot wait, so it can only have what a factory gives at once. */
  #callSynchronously(record: ProviderRecord): Made {
    const unfinished = () => new UnfinishedError(this.#asking.at(-1) ?? 'The application', record.name);
    if (record.source.kind === 'factory' && isAsync(record.source.make)) throw unfinished();
    const made = this.#callFactory(record);
    if (!isThenable(made.value)) return made;
    made.value.then(undefined, () => {});
    throw unfinished();
  }

  #callFactory(record: ProviderRecord): Made {
    if (record.source.kind !== 'factory') throw new TypeError('not a factory');
    const runner = new Runner(record.name, this.#environment, record.options);
    runner.managed = true;
    this.abandoned.add(runner);
    const dependencies = record.source.inject.map((token) => (token === Scope ? runner.scope : this.#argument(token)));
    const make = record.source.make as (...dependencies: unknown[]) => unknown;
    const value = construct({ target: undefined, home: runner }, () => make(...dependencies));
    return { record, value, runner, asked: new Set() };
  }

  #argument(token: Token): unknown {
    const records = this.#plan.providersOf(token);
    const values = records.map((record) => this.#make(record).value);
    return records[0]?.multi ? values : values[0];
  }

  #keep(made: Made): Made {
    const kept = adoptValue(made, this.#environment);
    this.made.set(made.record, kept);
    if (made.runner) this.abandoned.delete(made.runner);
    for (const token of made.record.tokens) {
      this.tsyringe.register(token as InjectionToken<unknown>, { useValue: made.value });
    }
    return kept;
  }
}

/** A factory may give something that has a life of its own. */
function adoptValue(made: Made, environment: Environment): Made {
  const { record, value, runner } = made;
  if (record.source.kind !== 'factory' || !runner) return made;
  if (value instanceof Lifecycle && !isManaged(value))
    return { ...made, runner: takeOver(value, { beside: runner, environment }) };
  if (hasLife(value) && !isManaged(value)) runner.bind(value, hooksOf(value));
  else if (runner.scope.size === 0) return { ...made, runner: undefined };
  return made;
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

function hooksOf(instance: object): Hooks {
  const hooks = instance as Hooks;
  return { onStart: () => hooks.onStart?.(), onStop: () => hooks.onStop?.() };
}

type Constructor = new (...dependencies: unknown[]) => object;

const prepared = new WeakSet<Class>();

/** Tells tsyringe what the constructor asks for. The same for every application, so once is enough. */
function prepare(target: Class): void {
  if (prepared.has(target)) return;
  for (const [index, request] of requestsOf(target).requests.entries()) {
    if (!request) continue;
    const asked = request.token as InjectionToken<unknown>;
    const mark = request.all ? injectAll(asked, { isOptional: true }) : inject(asked, { isOptional: request.optional });
    mark(target, undefined, index);
  }
  keepingTypes(target, () => injectable()(target as Constructor));
  prepared.add(target);
}

const TYPES = 'design:paramtypes';

/** tsyringe writes into the list of emitted types, which a subclass and the next application read too. */
function keepingTypes(target: Class, step: () => void): void {
  const types = Reflect.getOwnMetadata(TYPES, target);
  Reflect.defineMetadata(TYPES, [], target);
  step();
  if (types) Reflect.defineMetadata(TYPES, types, target);
  else Reflect.deleteMetadata(TYPES, target);
}

function scopeUnderConstruction(): Scope {
  const home = underConstruction()?.home;
  if (!home) throw new NoOwnerError('A Scope', 'a class that an application is constructing');
  return home.scope;
}

function isAsync(fn: unknown): boolean {
  return (fn as object).constructor.name === 'AsyncFunction';
}
