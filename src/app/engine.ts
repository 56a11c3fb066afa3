// Engine: from a root module to a running, ordered whole: plan, make, attach roles, start, stop.
import { errorOf, SpecterError, StartAbortedError } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import type { Class, Token } from '../kernel/token.js';
import { ErrorCount } from '../observability/error-count.js';
import type { Patient } from '../observability/health.js';
import { type BootPlan, bootOrder, repeating } from './boot-order.js';
import { readConfigs } from './config.js';
import { Container, type Made } from './container.js';
import { Directory } from './directory.js';
import { type BootError, startError, wiringError } from './errors.js';
import { type Plan, planBoot } from './graph.js';
import { type DynamicModule, flatten, type ModuleRecord, type ProviderRecord, type Source } from './module.js';
import { type BootOrder, Orchestrator, type Unit, unitsOf } from './orchestrator.js';
import { override } from './overrides.js';
import { keepRegistry } from './registry-entries.js';
import type { Parts } from './role.js';
import { Supervisor } from './supervisor.js';

export interface EngineOptions {
  readonly environment: Environment;
  /** What the application itself provides, made on first need. */
  readonly parts: ReadonlyMap<Token, () => unknown>;
  /** What takes the place of providers, by token. */
  readonly overrides: ReadonlyMap<Token, Source>;
  /** Variables for @Config classes. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Faults that only show when all classes are known, as two routes on one path. */
  readonly check: (targets: readonly Class[]) => readonly Error[];
  /** Side by side, or one after another. */
  readonly boot: BootPlan;
  /** Ends the application, because a service failed more often than it may. */
  readonly escalate: (error: Error) => void;
}

const OWN_MODULE: ModuleRecord = { name: 'specter-runtime', exports: undefined };

/** One application's services, from their records to their stop. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #plan: Plan;
  readonly container: Container;
  readonly #directory: Directory;
  readonly #errors: ErrorCount;
  #orchestrator: Orchestrator | undefined;
  #supervisor: Supervisor | undefined;
  #units: readonly Unit[] = [];
  #aborted: StartAbortedError | undefined;

  /** @throws BootError with everything that is wrong with the wiring; nothing has been constructed then */
  constructor(root: Class | DynamicModule, options: EngineOptions) {
    this.#options = options;
    const { records: listed, faults } = flatten(root);
    const overridden = override(listed, options.overrides);
    const configs = readConfigs(overridden.records, options.env);
    const targets = targetsOf(configs.records);
    const all = [...configs.records, ...partRecords(options.parts)];
    this.#plan = planBoot(all, [...faults, ...overridden.faults, ...configs.faults], () => options.check(targets));
    this.container = new Container(this.#plan, options.environment);
    this.#directory = new Directory(this.#plan, this.container.made);
    this.#errors = new ErrorCount(options.environment.events, (service) => this.knows(service));
    keepRegistry(options.environment, this.#directory);
  }

  /** The names of all units, each with those it needs. */
  get units(): readonly Unit[] {
    return this.#units;
  }

  /** Who could tell how it feels. */
  get patients(): readonly Patient[] {
    return this.#made().flatMap(({ runner, value }) =>
      runner && typeof value === 'object' && value !== null
        ? [{ name: runner.name, runner, instance: value, errors: this.#errors.of(runner.name) }]
        : [],
    );
  }

  get<T>(token: Token<T>): T {
    return this.container.get(token);
  }

  /** How many classes it starts and stops. */
  get size(): number {
    return this.#directory.size;
  }

  /** Whether a name is that of one of its own, and not of a child that one of them adopted. */
  knows(service: string): boolean {
    return this.#directory.knows(service);
  }

  /** The name of the managed instance under a key. */
  nameOf(key: Token): string | undefined {
    return this.#directory.nameOf(key);
  }

  /** What its managed instances are called. */
  get names(): readonly string[] {
    return this.#directory.names;
  }

  /** Who must still start before a service can, by name. */
  needs(service: string): readonly string[] {
    return this.#directory.needs(service);
  }

  /** Constructs everything, then starts it along the graph. @throws BootError; everything has been released again then */
  async start(): Promise<void> {
    await this.#makeAll();
    this.#units = unitsOf(this.#made(), (made) => this.#needsOf(made));
    for (const made of this.#made()) this.#attachRoles(made);
    this.#orchestrator = new Orchestrator(this.#units, this.#options.environment, this.#order());
    this.#supervisor = new Supervisor(this.#orchestrator, this.#options);
    await this.#orchestrator.start();
    this.#supervisor.begin();
  }

  #order(): BootOrder {
    const { boot, environment } = this.#options;
    const order = bootOrder(this.#units, boot);
    if (boot.mode !== 'shuffle') return { order };
    environment.events.emit('app-shuffled', { seed: boot.seed });
    return { order, repeat: repeating(boot.seed) };
  }

  /** Stops a service and all that depends on it, and starts them again. @throws what it failed to start with */
  async restart<T>(token: Token<T>): Promise<void> {
    await this.#supervisor?.restart(this.#unitOf(token, 'app.restart'));
  }

  /** Makes a service fail, as if by itself. Resolves when the failure has been taken. */
  async crash<T>(token: Token<T>, error: Error): Promise<void> {
    this.#unitOf(token, 'app.crash').runner?.fail(error);
    await this.#supervisor?.taken();
  }

  /** Whether a service is on its way back. */
  get recovering(): boolean {
    return this.#supervisor?.recovering ?? false;
  }

  #unitOf(token: Token, asked: string): Unit {
    const { runner } = this.#directory.find(token, asked);
    return this.#units.find((unit) => unit.runner === runner) as Unit;
  }

  /** Gives up a start under way. */
  abort(why: string, cause?: unknown): void {
    this.#aborted ??= new StartAbortedError('The application', why, cause);
    this.container.abort(this.#aborted);
    this.#orchestrator?.abort(why, cause);
  }

  /** Stops everything against the graph. Never rejects. */
  async stop(): Promise<void> {
    this.#orchestrator?.abort('the application is stopping');
    await this.#supervisor?.stop();
    await this.#orchestrator?.stop();
  }

  /** Who has not stopped yet. */
  get running(): readonly Unit[] {
    return this.#orchestrator?.running ?? [];
  }

  #made(): Made[] {
    return [...this.container.made.values()];
  }

  async #makeAll(): Promise<void> {
    try {
      if (!this.#aborted) await this.container.makeAll();
      this.#directory.discover();
      if (this.#aborted) throw this.#aborted;
    } catch (thrown) {
      await this.#releaseMade();
      throw this.#aborted ?? this.#constructionError(thrown);
    }
  }

  /** Nothing has started, but constructors may have acquired something. */
  async #releaseMade(): Promise<void> {
    const runners = [...this.#made().flatMap(({ runner }) => runner ?? []), ...this.container.abandoned];
    for (const runner of runners.reverse()) await runner.dispose();
  }

  #constructionError(thrown: unknown): BootError {
    const errors = thrown instanceof AggregateError ? (thrown.errors as Error[]) : [errorOf(thrown)];
    const failing = [...this.container.abandoned].at(-1)?.name;
    return failing === undefined || errors.every(isWiring) ? wiringError(errors) : startError(failing, errors);
  }

  *#needsOf({ record, asked }: Made): Iterable<Made> {
    for (const needed of [...(this.#plan.needs.get(record) ?? []), ...asked]) {
      const made = this.container.made.get(needed);
      if (made) yield made;
    }
  }

  #attachRoles({ record, runner, value }: Made): void {
    const parts: Parts = { get: (token) => this.get(token), name: record.name };
    for (const { role, options } of record.tags) {
      if (role.attach) runner?.attach((run) => role.attach?.(value as object, options, run, parts));
    }
  }
}

const WIRING: ReadonlySet<string> = new Set([
  'SPECTER_MISSING_DEPENDENCY',
  'SPECTER_NOT_EXPORTED',
  'SPECTER_MULTI_TOKEN',
  'SPECTER_CYCLE',
  'SPECTER_UNFINISHED_DEPENDENCY',
  'SPECTER_INVALID_ROLE',
  'SPECTER_DUPLICATE_NAME',
]);

/** What only shows while fields are filled, but is a fault of the wiring all the same. */
function isWiring(error: Error): boolean {
  return error instanceof SpecterError && WIRING.has(error.code);
}

function targetsOf(records: readonly ProviderRecord[]): Class[] {
  return records.flatMap(({ source }) => (source.kind === 'class' ? [source.target] : []));
}

function partRecords(parts: EngineOptions['parts']): ProviderRecord[] {
  return [...parts].map(([token, make]) => ({
    name: typeof token === 'function' ? token.name : String(token),
    tokens: [token],
    module: OWN_MODULE,
    multi: false,
    source: { kind: 'part', make },
    tags: [],
    options: {},
  }));
}
