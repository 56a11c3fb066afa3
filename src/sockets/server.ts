// SocketServer: socket.io on the application's HTTP server. The only file that loads socket.io.

import type { IncomingMessage, Server as NodeServer } from 'node:http';
import { createRequire } from 'node:module';
import type { Namespace, Server, Socket } from 'socket.io';
import type { Parts } from '../app/role.js';
import { type GuardFunction, type GuardLike, guardsOf, resolveGuards } from '../http/guard.js';
import { HostList } from '../http/hosts.js';
import type { HttpSettings } from '../http/options.js';
import type { Proxies } from '../http/proxy.js';
import type { Release } from '../kernel/clock.js';
import { counted } from '../kernel/counted.js';
import { Deadline } from '../kernel/deadline.js';
import { errorOf } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import { problemOf } from '../kernel/problem.js';
import type { OwnershipNode } from '../kernel/scope.js';
import type { Class } from '../kernel/token.js';
import { Admission } from './admission.js';
import type { Connection } from './call.js';
import { AwayError, GoneError, HostError, OriginError } from './errors.js';
import { type FarEnd, farEndOf } from './far-end.js';
import { LIFECYCLE_EVENTS, SocketIngress } from './ingress.js';
import { type SocketOptions, type SocketSettings, settingsOf, socketIoOptions } from './options.js';
import { type Origins, originsOf } from './origins.js';
import { sessionRoom } from './rooms.js';
import { Sockets } from './sender.js';
import { Topics } from './topics.js';
import { closeWhenTold, Transports } from './transports.js';

export type { SocketOptions } from './options.js';

/** A connection of engine.io, which may carry sockets of several namespaces. */
type Transport = Socket['conn'];

/** The HTTP door that the sockets live on. */
interface Below {
  readonly server: NodeServer;
  readonly proxies?: Proxies | undefined;
  readonly settings?: Pick<HttpSettings, 'cors' | 'allowedHosts'>;
  /** Takes the path of those who speak another protocol on the server. */
  upgrades?(path: string): void;
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
  readonly settings: SocketSettings;
  readonly #environment: Environment;
  readonly #http: Below;
  readonly #origins: Origins;
  readonly #namespaces = new Set<string>(['/']);
  readonly #connections = new WeakMap<Socket, Connection>();
  readonly #farEnds = new WeakMap<object, FarEnd>();
  /** What would close a transport that has joined no namespace yet. */
  readonly #waiting = new WeakMap<object, Release>();
  #io: Server | undefined;
  #transports: Transports | undefined;
  #leaving = false;
  #closing: Promise<void> | undefined;

  /** @param http - whose node server the door is on */
  constructor(environment: Environment, options: SocketOptions, http: Below) {
    this.#environment = environment;
    this.#http = http;
    this.settings = settingsOf(options);
    this.ingress = new SocketIngress(environment, (namespace) => this.openNamespace(namespace));
    this.topics = new Topics(this.ingress, this.settings.maxTopics);
    const { cors = false, allowedHosts } = http.settings ?? {};
    const { session, origins } = this.settings;
    this.#origins = originsOf(origins, cors);
    this.admission = new Admission({
      session,
      origins: this.#origins,
      hosts: allowedHosts && new HostList(allowedHosts),
    });
    this.sender = new Sockets(environment, this);
  }

  /** socket.io itself, loaded and put on the HTTP server at the first need. */
  get io(): Server {
    this.#io ??= this.#load();
    return this.#io;
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

  /** Joins the HTTP server, which need not listen yet. */
  open(): void {
    void this.io;
  }

  /** Makes a namespace that clients can connect to. */
  openNamespace(name: string): void {
    this.#namespaces.add(name);
    this.#io?.of(name);
  }

  /** What is known of a connected socket. */
  connectionOf(socket: Socket): Connection | undefined {
    return this.#connections.get(socket);
  }

  /** Lets nobody in, takes no more events, and answers those at hand. Resolves at the deadline at the latest. */
  async drain(deadline = new Deadline(this.settings.drainTimeout)): Promise<void> {
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
    if (!this.#io) return;
    await this.#transports?.flush(this.#io, new Deadline(GOODBYE));
    // io.close() would close the HTTP server as well, whose own requests may still be under way.
    this.#io.engine.close();
    await Promise.all([...this.#io._nsps.values()].map((namespace) => namespace.adapter.close()));
    await this.#transports?.end(new Deadline(GOODBYE));
  }

  #load(): Server {
    const { Server } = createRequire(import.meta.url)('socket.io') as typeof import('socket.io');
    const { server } = this.#http;
    this.#transports = new Transports(server, this.settings.path);
    const io = new Server({ ...socketIoOptions(this.settings, this.#origins), allowRequest: this.#allowRequest });
    this.#admitTo(io.of('/'));
    io.on('new_namespace', (namespace) => this.#admitTo(namespace));
    for (const name of this.#namespaces) io.of(name);
    io.attach(server);
    this.#http.upgrades?.(this.settings.path);
    io.engine.on('connection', (transport: Transport) => {
      this.#farEnds.set(transport, farEndOf(transport.request, this.#http.proxies));
      this.#awaitNamespace(transport);
    });
    return io;
  }

  /** socket.io does the same, but waits half a minute more for a polling client to come and hear of it. */
  #awaitNamespace(transport: Transport): void {
    const release = this.#environment.clock.setTimeout(() => transport.close(true), this.settings.connectTimeout);
    this.#waiting.set(transport, release);
    transport.once('close', release);
  }

  /** A refusal here lets clients try again by themselves, which a refusal by a namespace does not. */
  readonly #allowRequest = (
    _request: IncomingMessage,
    decide: (message: string | null, success: boolean) => void,
  ): void => {
    decide(this.#leaving ? 'The server is about to close.' : null, !this.#leaving);
  };

  #admitTo(namespace: Namespace): void {
    this.topics.serve(namespace.name);
    namespace.use((socket, next) => {
      this.#admit(socket, namespace.name).then(
        () => next(),
        (thrown) => this.#refuse(socket, errorOf(thrown), next),
      );
    });
    namespace.on('connection', (socket) => this.#connected(socket));
  }

  async #admit(socket: Socket, namespace: string): Promise<void> {
    if (this.#leaving) throw new AwayError();
    Object.assign(socket.handshake, this.#farEnds.get(socket.conn));
    this.#connections.set(socket, await this.admission.admit(socket, namespace));
  }

  #refuse(socket: Socket, error: Error, next: (error: Error) => void): void {
    const problem = problemOf(error);
    this.ingress.failures.tell('sockets', { socket: socket.id, what: 'the connection' }, error);
    next(Object.assign(new Error(problem.detail ?? problem.title), { data: problem }));
    // socket.io writes the refusal in the next tick; a page of a strange origin keeps nothing open after it.
    if (error instanceof OriginError || error instanceof HostError)
      process.nextTick(() => closeWhenTold(socket.conn as never));
  }

  #connected(socket: Socket): void {
    const from = this.#connections.get(socket);
    if (!from) return void socket.disconnect(true);
    this.#waiting.get(socket.conn)?.();
    const about = { service: 'sockets', socket: socket.id, session: from.session.id, namespace: from.namespace };
    socket.join(sessionRoom(from.session));
    socket.use((sent, next) => this.#received(sent, from, next));
    socket.on('error', (error) => void this.ingress.happened('error', error, from));
    socket.on('disconnect', (why) => {
      from.end(new GoneError());
      const reason = this.#closing ? 'server shutting down' : why;
      this.#environment.events.emit('socket-disconnected', { ...about, reason });
      void this.ingress.happened('disconnect', reason, from);
    });
    this.#environment.events.emit('socket-connected', about);
    void this.ingress.happened('connection', socket, from);
  }

  /** One hook takes every event of a socket, so that nothing of a handler is ever on the socket itself. */
  #received(sent: readonly unknown[], from: Connection, next: () => void): void {
    if (from.socket.listenerCount(sent[0] as string) > 0 && this.#isForeign(sent[0], from)) return next();
    this.ingress.receive(sent, from);
  }

  /** Whether only a plain socket.io listener of the application can be meant. */
  #isForeign(event: unknown, { namespace }: Connection): boolean {
    return !LIFECYCLE_EVENTS.has(event) && !this.ingress.serves(namespace, event);
  }
}
