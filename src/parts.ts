// The parts of an application besides its services: its clock, bus, doors and storage, each made on first need.
import { ActionTable } from './actions/action.js';
import { actionWordings } from './actions/events.js';
import { blameNoMore, blamesByDefault, blaming } from './app/blame.js';
import { applicationWordings, type UnderWay } from './app/events.js';
import { httpWordings } from './http/events.js';
import type { GuardLike } from './http/guard.js';
import { RequestContext } from './http/request-context.js';
import { HttpServer, type HttpStatus } from './http/server.js';
import { Bus } from './kernel/bus.js';
import { Clock, systemClock } from './kernel/clock.js';
import { tallied } from './kernel/counted.js';
import { Deadline } from './kernel/deadline.js';
import { Events } from './kernel/events.js';
import type { Environment } from './kernel/home.js';
import { PERSISTENCE } from './kernel/persistence.js';
import { type Dependencies, Registry } from './kernel/registry.js';
import type { OwnershipNode } from './kernel/scope.js';
import type { Class, Token } from './kernel/token.js';
import type { ApplicationOptions } from './options.js';
import { queueWordings } from './queue/events.js';
import { socketWordings } from './sockets/events.js';
import { SocketIngress } from './sockets/ingress.js';
import { Presence } from './sockets/presence.js';
import { Sockets } from './sockets/sender.js';
import { SocketServer } from './sockets/server.js';
import { Storage } from './storage/database.js';
import { PersistedState } from './storage/persisted-state.js';

const DEFAULT_FILE = 'data/specter.sqlite';

/** What the parts must know of the application around them. */
export interface Around {
  readonly status: HttpStatus;
  readonly dependencies: Dependencies;
  readonly find: (token: Token) => unknown;
}

/** What stands around every call: the root module's middleware and guards, and the application's guards. */
export interface Surroundings {
  readonly root: Class;
  readonly guards: readonly GuardLike[];
  readonly parts: { get<T>(token: Token<T>): T };
}

/** What is there once somebody has asked for it. */
interface Made {
  http: HttpServer;
  sockets: SocketServer;
  storage: Storage;
  persistence: PersistedState;
  context: RequestContext;
  actions: ActionTable;
}

/** Makes each part once, and closes those that were made. */
export class Parts {
  readonly environment: Environment;
  /** By token, for injection. */
  readonly tokens: ReadonlyMap<Token, () => unknown>;
  readonly http: () => HttpServer;
  readonly sockets: () => SocketServer;
  readonly #made: Partial<Made> = {};
  #surroundings: Surroundings | undefined;
  #listed: readonly Class[] = [];

  constructor(options: ApplicationOptions, env: Readonly<Record<string, string | undefined>>, around: Around) {
    const clock = options.clock ?? systemClock;
    const events = wordedEvents(clock, env);
    const births = env.NODE_ENV !== 'production';
    const within = (options.blame ?? blamesByDefault(!births)) ? blaming() : undefined;
    const { slowListener } = options;
    const bus = new Bus({ clock, events, births, within, ...(slowListener === undefined ? {} : { slowListener }) });
    const registry = new Registry(clock, { dependencies: around.dependencies, births });
    this.environment = { clock, events, bus, registry, births, within, find: (token) => around.find(token as Token) };
    const { environment } = this;
    const made = this.#made;

    this.http = once(() => {
      made.http = new HttpServer(environment, options.http ?? {}, around.status);
      this.#openHttp(made.http);
      return made.http;
    });
    this.sockets = once(() => {
      made.sockets = new SocketServer(environment, options.sockets ?? {}, this.http());
      this.#openSockets(made.sockets);
      return made.sockets;
    });
    const kept = <P extends keyof Made>(name: P, make: () => Made[P]) =>
      once(() => {
        const part = make();
        made[name] = part;
        return part;
      });
    const storage = kept('storage', () => new Storage({ file: options.storage?.file ?? DEFAULT_FILE, events, clock }));
    const persistence = kept('persistence', () => new PersistedState(storage(), environment));
    this.tokens = new Map<Token, () => unknown>([
      [RequestContext, once(() => this.#makeContext())],
      [Clock, () => clock],
      [Events, () => events],
      [Bus, () => bus],
      [Registry, () => registry],
      [HttpServer, this.http],
      [SocketServer, this.sockets],
      [SocketIngress, () => this.sockets().ingress],
      [Sockets, () => this.sockets().sender],
      [Presence, () => this.sockets().presence],
      [ActionTable, kept('actions', () => new ActionTable(environment, options.actions))],
      [Storage, storage],
      [PERSISTENCE, persistence],
    ]);
  }

  /** Takes the classes in the order in which the modules list them: in that order their routers are asked. */
  list(targets: readonly Class[]): readonly Class[] {
    this.#listed = targets;
    this.#made.http?.routes.built.list(targets);
    return targets;
  }

  /** Everything has started: puts what surrounds all calls in its place, also for a door that is only made later. */
  open(surroundings: Surroundings): void {
    this.#surroundings = surroundings;
    if (this.#made.http) this.#openHttp(this.#made.http);
    if (this.#made.sockets) this.#openSockets(this.#made.sockets);
  }

  /** Somebody injects it: from now on requests are entered there. */
  #makeContext(): RequestContext {
    this.#made.context = new RequestContext();
    this.#made.http?.carry(this.#made.context);
    return this.#made.context;
  }

  #openHttp(http: HttpServer): void {
    http.routes.built.list(this.#listed);
    if (this.#made.context) http.carry(this.#made.context);
    if (!this.#surroundings) return;
    const { root, parts, guards } = this.#surroundings;
    http.surround(root, parts, guards);
    http.seal();
  }

  #openSockets(sockets: SocketServer): void {
    if (!this.#surroundings) return;
    const { root, parts, guards } = this.#surroundings;
    sockets.guard(root, parts, guards);
    sockets.open();
  }

  /** Refuses new work and waits for the work at hand. */
  async drain(deadline?: Deadline): Promise<void> {
    const { http, sockets, actions } = this.#made;
    const jobs = deadline ?? new Deadline(sockets?.settings.drainTimeout ?? 0);
    // Sockets first: who still has to hear something by polling keeps the port open.
    await Promise.all([sockets?.drain(deadline), http?.drain(deadline), actions?.drain(jobs)]);
  }

  /** What the doors have not answered yet. */
  get underWay(): Omit<UnderWay, 'services'> {
    const { http, sockets, actions } = this.#made;
    return {
      // Calls of actions come through both doors, and are told by their names instead.
      requests: tallied(http?.underWay('actions') ?? []),
      events: sockets?.ingress.underWay('actions') ?? [],
      actions: tallied(actions?.underWay ?? []),
      jobs: tallied(actions?.jobsUnderWay ?? []),
    };
  }

  /** Closes the doors: sockets first, they live on the HTTP server; actions last, they live on both. */
  async closeDoors(): Promise<void> {
    try {
      await this.#made.sockets?.close();
    } finally {
      await this.#made.http?.close();
      await this.#made.actions?.close();
    }
  }

  /** Closes what services may use to their very end. */
  async closeStorage(): Promise<void> {
    try {
      await this.#made.persistence?.close();
    } finally {
      await this.#made.storage?.close();
    }
  }

  /** Ends what makes the host follow the application's work from promise to promise. */
  stopFollowing(): void {
    this.#made.context?.close();
    blameNoMore(this.environment.within);
  }

  /** Whether somebody has asked for HTTP or sockets. */
  get hasDoors(): boolean {
    return this.#made.http !== undefined || this.#made.sockets !== undefined;
  }

  /** What the doors own at this moment. */
  tree(): readonly OwnershipNode[] {
    const doors = { http: this.#made.http, sockets: this.#made.sockets };
    return Object.entries(doors).flatMap(([label, door]) => {
      const children = door?.tree() ?? [];
      return children.length > 0 ? [{ kind: 'child' as const, label, children }] : [];
    });
  }
}

function wordedEvents(clock: Clock, env: Readonly<Record<string, string | undefined>>): Events {
  const events = new Events(clock, { quiet: true });
  events.word(applicationWordings(env.SPECTER_TIMELINE === '1' ? 'info' : 'debug'));
  events.word(httpWordings);
  events.word(socketWordings);
  events.word(actionWordings);
  events.word(queueWordings);
  return events;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
