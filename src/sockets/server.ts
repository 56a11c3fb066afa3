// SocketServer: socket.io on the application's HTTP server. The only file that loads socket.io.

import type { IncomingMessage, Server as NodeServer, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { Namespace, Server, Socket } from 'socket.io';
import type { Parts } from '../app/role.js';
import { type GuardFunction, type GuardLike, guardsOf, resolveGuards } from '../http/guard.js';
import { HostList } from '../http/hosts.js';
import type { HttpSettings } from '../http/options.js';
import type { Proxies } from '../http/proxy.js';
import { counted } from '../kernel/counted.js';
import { Deadline } from '../kernel/deadline.js';
import type { Environment } from '../kernel/home.js';
import type { OwnershipNode } from '../kernel/scope.js';
import type { Class } from '../kernel/token.js';
import { Admission } from './admission.js';
import type { Connection } from './call.js';
import { checkSocketOptions } from './check-options.js';
import { Entry } from './entry.js';
import { sayGoodbye } from './goodbye.js';
import { SocketIngress } from './ingress.js';
import { Intake } from './intake.js';
import { KnownActions } from './known-actions.js';
import { namespaceIn } from './namespaces.js';
import { type SocketOptions, type SocketSettings, settingsOf, socketIoOptions } from './options.js';
import { type Origins, originsOf } from './origins.js';
import { Presence } from './presence.js';
import { Sockets } from './sender.js';
import { Topics } from './topics.js';
import { Transports } from './transports.js';
import { Wires } from './wires.js';

export type { SocketOptions } from './options.js';

/** The HTTP door that the sockets live on. */
interface Below {
  readonly server: NodeServer;
  readonly proxies?: Proxies | undefined;
  readonly settings?: Pick<HttpSettings, 'cors' | 'allowedHosts'>;
  /** Takes the path of those who speak another protocol on the server. */
  upgrades?(path: string): void;
  /** Keeps the port open while it drains. @returns closes it; resolves when what was answered there is sent */
  hold?(): () => Promise<void>;
}

/** How long the last words may take to reach the network, and a client to close its side. */
const GOODBYE = 1_000;

/**
 * The sockets door: lets clients in, hands what they emit to the ingress, and closes with the application.
 *
 * @example
 * const admin = app.get(SocketServer).io.of('/admin');
 */
export class SocketServer {
  /** Hands what clients emit to who handles it. */
  readonly ingress: SocketIngress;
  /** Who may join which topic. */
  readonly topics: Topics;
  /** Who may connect. */
  readonly admission: Admission;
  /** Emits to clients. */
  readonly sender: Sockets;
  /** The actions that clients can be told of. */
  readonly actions = new KnownActions();
  readonly settings: SocketSettings;
  readonly #environment: Environment;
  readonly #http: Below;
  readonly #origins: Origins;
  readonly #namespaces = new Set<string>(['/']);
  readonly #intake: Intake;
  readonly #wires: Wires;
  readonly #entry: Entry;
  #presence: Presence | undefined;
  #io: Server | undefined;
  #transports: Transports | undefined;
  #opened = false;
  #leaving = false;
  #closing: Promise<void> | undefined;

  /** @param http - whose node server the door is on */
  constructor(environment: Environment, options: SocketOptions, http: Below) {
    this.#environment = environment;
    this.#http = http;
    checkSocketOptions(options);
    this.settings = settingsOf(options);
    const { limits } = this.settings;
    this.ingress = new SocketIngress(environment, (namespace) => this.openNamespace(namespace), limits);
    this.topics = new Topics(this.ingress, this.settings.maxTopics);
    const { cors = false, allowedHosts } = http.settings ?? {};
    const { session, origins } = this.settings;
    this.#origins = originsOf(origins, cors);
    this.admission = new Admission({
      session,
      origins: this.#origins,
      hosts: allowedHosts && new HostList(allowedHosts),
      limits,
    });
    this.sender = new Sockets(environment, this);
    this.#intake = new Intake(this.ingress, this.settings);
    this.#wires = new Wires(environment, this.settings, { failures: this.ingress.failures, proxies: http.proxies });
    this.#entry = new Entry(environment, this.settings, {
      admission: this.admission,
      ingress: this.ingress,
      intake: this.#intake,
      wires: this.#wires,
      leaving: () => this.#leaving,
      closing: () => this.#closing !== undefined,
    });
  }

  /** socket.io itself, loaded and put on the HTTP server at the first need. */
  get io(): Server {
    this.#io ??= this.#load();
    return this.#io;
  }

  /** Who is here. Made at the first need: it follows every coming and going. */
  get presence(): Presence {
    this.#presence ??= this.#makePresence();
    return this.#presence;
  }

  /** Puts guards before every connection, event and topic: the application's own, then those of the root module. */
  guard(root: Class, parts: Pick<Parts, 'get'>, guards: readonly GuardLike[] = []): void {
    const resolved = resolveGuards([...guards, ...guardsOf(root)], parts);
    for (const asking of [this.admission, this.ingress, this.topics]) asking.guards = resolved;
  }

  /** Those guards. */
  get guards(): readonly GuardFunction[] {
    return this.ingress.guards;
  }

  /** What it has open at this moment. */
  tree(): readonly OwnershipNode[] {
    const clients = this.#closing ? undefined : this.#io?.engine?.clientsCount;
    return clients === undefined ? [] : [{ kind: 'resource', label: counted(clients, 'client'), children: [] }];
  }

  /** Joins the HTTP server, which need not listen yet. @throws SPECTER_INVALID_ARGUMENT when somebody has named what there is not */
  open(): void {
    void this.io;
    this.#opened = true;
    this.#presence?.check();
    this.actions.complete();
  }

  /** Makes a namespace that clients can connect to. */
  openNamespace(name: string): void {
    this.#namespaces.add(name);
    this.#io?.of(name);
  }

  /**
   * A namespace that somebody has opened; `where` asks for it. While the application starts, handlers are still opening theirs
   * and no client is in: then there is none, and nothing to blame anybody for.
   *
   * @throws SPECTER_INVALID_ARGUMENT
   */
  namespace(where: string, name = '/'): Namespace | undefined {
    return this.#opened ? namespaceIn(this.io, where, name) : this.#io?._nsps.get(name);
  }

  /** What is known of a connected socket. */
  connectionOf(socket: Socket): Connection | undefined {
    return this.#entry.connectionOf(socket);
  }

  /** Tells everybody to come back later, lets nobody in, takes no more events, and answers those at hand. Resolves at the deadline at the latest. */
  async drain(deadline = new Deadline(this.settings.drainTimeout)): Promise<void> {
    if (!this.#leaving && this.#io) {
      sayGoodbye(this.#io, this.settings.reconnectSpread);
      this.#transports?.stay(this.#io);
    }
    this.#leaving = true;
    await this.ingress.drain(deadline);
  }

  /** Closes every connection; who handles the end of one is waited for by its owner. The HTTP server stays as it is. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#leaving = true;
    this.#intake.close();
    this.#presence?.close();
    if (!this.#io) return;
    await this.#transports?.flush(this.#io, new Deadline(GOODBYE));
    // io.close() would close the HTTP server as well, whose own requests may still be under way.
    this.#io.engine.close();
    this.#wires.end();
    await Promise.all([...this.#io._nsps.values()].map((namespace) => namespace.adapter.close()));
    await this.#transports?.end(new Deadline(GOODBYE));
  }

  #load(): Server {
    const { Server } = createRequire(import.meta.url)('socket.io') as typeof import('socket.io');
    const io = new Server({ ...socketIoOptions(this.settings, this.#origins), allowRequest: this.#allowRequest });
    const path = `${io.path()}/`;
    this.#transports = new Transports(this.#http, path);
    this.#serve(io.of('/'));
    io.on('new_namespace', (namespace) => this.#serve(namespace));
    for (const name of this.#namespaces) io.of(name);
    io.attach(this.#http.server);
    this.#http.upgrades?.(path);
    io.engine.use(onlyKnownMethods);
    this.#wires.follow(io);
    return io;
  }

  /** A refusal here lets clients try again by themselves, which a refusal by a namespace does not. */
  readonly #allowRequest = (
    request: IncomingMessage,
    decide: (message: string | null, success: boolean) => void,
  ): void => {
    const refusal = this.#leaving ? 'The server is about to close.' : this.#wires.refusal(request);
    decide(refusal ?? null, refusal === undefined);
  };

  #makePresence(): Presence {
    const grace = this.settings.presenceGrace;
    const sessionOf = (socket: Socket) => this.connectionOf(socket)?.session;
    const checkNamespace = (where: string, name: string) => void this.namespace(where, name);
    const presence = new Presence(this.#environment, { grace, sessionOf, checkNamespace });
    for (const namespace of this.#io?._nsps.values() ?? []) presence.follow(namespace);
    return presence;
  }

  #serve(namespace: Namespace): void {
    this.topics.serve(namespace.name);
    this.#entry.serve(namespace);
    this.#presence?.follow(namespace);
  }
}

/** engine.io takes a method that it does not know, of a client that it does, for a fault of its own. */
function onlyKnownMethods({ method = '' }: IncomingMessage, response: ServerResponse, next: () => void): void {
  if (method === 'GET' || method === 'POST') return next();
  response.writeHead(405, { Allow: 'GET, POST' });
  response.end();
}
