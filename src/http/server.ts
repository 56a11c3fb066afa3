// HttpServer: the HTTP door of an application, from its opening to its drained end.
import type { RequestListener, Server } from 'node:http';
import type Koa from 'koa';
import { ApplicationStateError } from '../app/errors.js';
import type { Parts } from '../app/role.js';
import { systemClock } from '../kernel/clock.js';
import { Deadline } from '../kernel/deadline.js';
import type { Environment } from '../kernel/home.js';
import type { OwnedKind, OwnershipNode } from '../kernel/scope.js';
import type { Class } from '../kernel/token.js';
import { Connections } from './drain.js';
import { Entrance } from './entrance.js';
import { Unavailable } from './errors.js';
import { loggedRequests } from './events.js';
import { type Door, Exchange, inWords } from './exchange.js';
import type { GuardLike } from './guard.js';
import { HandlerTimeoutError } from './handler-timeout.js';
import { type HttpStatus, healthAnswers } from './health.js';
import { HostList } from './hosts.js';
import { Load } from './load.js';
import { middlewareOf, resolveMiddleware } from './middleware.js';
import { makeNodeServer } from './node-server.js';
import { type HttpOptions, type HttpSettings, settingsOf } from './options.js';
import { Patience } from './patience.js';
import { type Address, openPort, socketPath } from './port.js';
import { reportFailure, requestedOf, shown } from './problem-response.js';
import { Proxies } from './proxy.js';
import { NO_DOOR, Refusals, STOPPING } from './refusals.js';
import type { RequestContext } from './request-context.js';
import { RouteTable } from './routes.js';

export type { HttpStatus } from './health.js';
export type { HttpOptions } from './options.js';
export type { Address } from './port.js';

/** The HTTP door of an application: koa, its routes, and the node server under them. */
export class HttpServer {
  readonly routes: RouteTable;
  readonly settings: HttpSettings;
  /** Answers requests of any node server: the way in for tests that open no port. */
  readonly handler: RequestListener = (request, response) => {
    const { clock } = this.#environment;
    const arrived = systemClock.monotonic();
    const now = clock === systemClock ? arrived : clock.monotonic();
    if (this.draining && this.#connections.keeps(request.socket))
      return this.#refusals.answer(request, response, STOPPING);
    this.#connections.begin(request, response, { door: this.#door, arrived, now });
    const answer = () => this.#entrance.answer(request, response);
    // The last answer of a connection closes it, and which one is last shows when all that came together has been read.
    if (this.draining) queueMicrotask(answer);
    else answer();
  };
  readonly #environment: Environment;
  readonly #door: Door & { load: Load; patience: Patience };
  readonly #entrance: Entrance;
  readonly #connections = new Connections((exchange) => this.#tell(exchange));
  readonly #refusals: Refusals;
  #server: Server | undefined;
  #address: Promise<Address> | undefined;

  constructor(environment: Environment, options: HttpOptions, status: HttpStatus) {
    const { events } = environment;
    this.#environment = environment;
    this.settings = settingsOf(options);
    const { settings } = this;
    if (settings.log) events.word(loggedRequests);
    this.routes = new RouteTable(environment, settings);
    this.#door = this.#makeDoor();
    this.#refusals = new Refusals({ settings, proxies: this.proxies, events });
    const ready = () => status.ready() && !this.draining;
    this.#entrance = new Entrance({
      settings,
      events,
      proxies: this.#door.proxies,
      hosts: settings.allowedHosts && new HostList(settings.allowedHosts),
      health: healthAnswers(settings.health, { ready, health: () => status.health() }),
      exchangeOf: (request, response) => this.#connections.of(response) ?? new Exchange(request, response, 0),
      load: this.#door.load,
      dispatch: (ctx) => this.routes.dispatch(ctx),
    });
  }

  /** The koa application. What `use` takes before the start runs outermost; later it throws SPECTER_APPLICATION_STATE. */
  get koa(): Koa {
    return this.#entrance.koa;
  }

  /** The node server, made on first need, so that socket.io can attach before it listens. */
  get server(): Server {
    this.#server ??= makeNodeServer({
      settings: this.settings,
      handler: this.handler,
      connections: this.#connections,
      refusals: this.#refusals,
    });
    return this.#server;
  }

  /** Whose word is taken about clients; undefined without `http.trustProxy`. */
  get proxies(): Proxies | undefined {
    return this.#door.proxies;
  }

  /** Whether it has begun to drain. */
  get draining(): boolean {
    return this.#connections.draining;
  }

  /** How many requests are being answered. */
  get inFlight(): number {
    return this.#connections.inFlight;
  }

  /** Each request that is being answered, as `GET /slow (SlowController)`. @param but - whose are left out */
  underWay(but?: string): readonly string[] {
    return this.#connections.exchanges.filter(({ service }) => service !== but).map(inWords);
  }

  /** What it has open at this moment. */
  tree(): readonly OwnershipNode[] {
    const address = this.#server?.address();
    if (!address) return [];
    const where = typeof address === 'string' ? `socket ${address}` : `port ${address.port} on ${address.address}`;
    const requests = this.#connections.exchanges.map((exchange) => leaf('task', inWords(exchange)));
    const children = [leaf('resource', this.#connections.counted), ...requests];
    return [{ ...leaf('resource', where), children }];
  }

  /** Puts the middleware of the root module around everything, and its guards and those of the application before every route. */
  surround(root: Class, parts: Pick<Parts, 'get'>, guards: readonly GuardLike[] = []): void {
    this.#entrance.around = resolveMiddleware(middlewareOf(root), parts);
    this.routes.guard(root, parts, guards);
  }

  /** Somebody asks for the request under way: from now on each is entered there. */
  carry(context: RequestContext): void {
    this.#entrance.context = context;
  }

  /** Takes no more middleware: from now on it would not be seen. */
  seal(): void {
    this.#entrance.seal();
  }

  /**
   * Opens the port, or a socket in the file system.
   *
   * @param port - 0 takes any free one; a path, as `/run/app.sock` or `unix:app.sock`, opens a socket there
   * @param host - only for a port. @default 127.0.0.1
   * @throws SPECTER_LISTEN when the port cannot be opened, SPECTER_APPLICATION_STATE when it is open already or the application stops
   */
  listen(port: number | string, host = '127.0.0.1'): Promise<Address> {
    if (this.draining) throw new ApplicationStateError('listen()', 'the application is stopping; create another one');
    if (this.#address) throw new ApplicationStateError('listen()', 'it listens already; call it once');
    this.#address = this.#listen(port, host).catch((error) => {
      this.#address = undefined;
      throw error;
    });
    return this.#address;
  }

  /**
   * Accepts nobody new and waits for the requests in flight; idle, silent and half-open connections are closed.
   *
   * @param deadline - by default `drainTimeout` from now, in real time
   * @returns how many requests had to be cut off
   */
  async drain(deadline: Deadline = new Deadline(this.settings.drainTimeout)): Promise<number> {
    const { clock, events } = this.#environment;
    const begun = clock.monotonic();
    events.emit('http-draining', { service: 'http', requests: this.inFlight });
    const cut = await this.#connections.drain(this.#server, deadline, stoppingError());
    if (cut.length > 0) events.emit('http-cut', { service: 'http', requests: cut.map(inWords) });
    events.emit('http-drained', { service: 'http', duration: clock.monotonic() - begun, cut: cut.length });
    return cut.length;
  }

  /** Closes the port and every connection that is left. */
  async close(): Promise<void> {
    this.#door.load.close();
    this.#door.patience.close();
    if (this.#server) await this.#connections.close(this.#server);
  }

  /** Somebody speaks another protocol on the server, at this path. Where nobody else does, other paths refuse to. */
  upgrades(path: string): void {
    this.#connections.upgrades = { path, listeners: this.server.listenerCount('upgrade') };
  }

  /**
   * Keeps the port open while it drains, for whom somebody else on the same server answers; other requests there are a 503.
   *
   * @returns closes it; resolves when what they were answered is sent
   */
  hold(): () => Promise<void> {
    return this.#connections.hold(this.server);
  }

  #makeDoor(): Door & { load: Load; patience: Patience } {
    const { settings } = this;
    return {
      load: new Load(settings, this.#environment.events),
      patience: new Patience(() => this.#connections.underWay, settings),
      proxies: settings.trustProxy === false ? undefined : new Proxies(settings.trustProxy),
      redirects: settings.redirectHosts && new HostList(settings.redirectHosts),
      expire: (exchange) => this.#expire(exchange),
    };
  }

  /** The time for an answer is over: the client gets another one, and the work for it is asked to end. */
  #expire(exchange: Exchange): void {
    const error = new HandlerTimeoutError(exchange.limit);
    reportFailure(exchange, error, this.#environment.events);
    exchange.stop(error);
    if (exchange.context) this.#entrance.fail(exchange.context, error);
  }

  async #listen(at: number | string, host: string): Promise<Address> {
    this.seal();
    const path = socketPath(at);
    if (this.#door.proxies) this.#door.proxies.local = path !== undefined;
    this.#connections.watchOthers(this.server, (socket, request) => this.#refusals.end(socket, NO_DOOR, { request }));
    this.server.prependListener('request', () => this.#door.patience.beginOther());
    const address = await openPort(this.server, path ?? Number(at), { host, mode: this.settings.socketMode });
    this.#environment.events.emit('http-listening', { service: 'http', url: address.url });
    return address;
  }

  #tell(exchange: Exchange): void {
    const { clock, events } = this.#environment;
    if (!events.has('http-request')) return;
    const duration = clock.monotonic() - exchange.begun;
    events.emit('http-request', { ...requestedOf(exchange), ...endOf(exchange), duration });
  }
}

/** How a request ended. */
function endOf({ response: { statusCode: status }, aborted, cut, context }: Exchange) {
  const host = status === 421 ? shown(context?.host ?? '') : undefined;
  return { status, aborted, ...(aborted && cut !== undefined && { cut }), ...(host !== undefined && { host }) };
}

function stoppingError(): Unavailable {
  return new Unavailable(STOPPING.detail, STOPPING);
}

function leaf(kind: OwnedKind, label: string): OwnershipNode {
  return { kind, label, children: [] };
}
