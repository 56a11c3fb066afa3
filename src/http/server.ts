// HttpServer: koa on a node server that can be drained. The only file that loads koa.
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import type Koa from 'koa';
import type { Context } from 'koa';
import { ApplicationStateError } from '../app/errors.js';
import type { Parts } from '../app/role.js';
import { Deadline } from '../kernel/deadline.js';
import type { Environment } from '../kernel/home.js';
import type { OwnedKind, OwnershipNode } from '../kernel/scope.js';
import { isThenable } from '../kernel/thenable.js';
import type { Class } from '../kernel/token.js';
import { admit, refusalStatus, refusalText } from './admission.js';
import { Connections } from './drain.js';
import { HttpError, NotFound, Unavailable } from './errors.js';
import { bindExchange, Exchange, exchangeOf } from './exchange.js';
import type { GuardLike } from './guard.js';
import { type HttpStatus, healthAnswers } from './health.js';
import { type MiddlewareFunction, middlewareOf, resolveMiddleware, surround } from './middleware.js';
import { type HttpOptions, type HttpSettings, settingsOf } from './options.js';
import { type Address, openPort } from './port.js';
import { answerError, SAFE_HEADERS } from './problem-response.js';
import { readable } from './readable-error.js';
import { RouteTable } from './routes.js';
import type { Run } from './slot.js';

export type { HttpStatus } from './health.js';
export type { HttpOptions } from './options.js';
export type { Address } from './port.js';

/** The HTTP door of an application: koa, its routes, and the node server under them. */
export class HttpServer {
  readonly routes: RouteTable;
  readonly settings: HttpSettings;
  /** Answers requests of any node server: the way in for tests that open no port. */
  readonly handler: RequestListener = (request, response) => {
    this.#connections.begin(request, response, this.#environment.clock.monotonic());
    this.#callback ??= this.#compose();
    void this.#callback(request, response);
  };
  readonly #environment: Environment;
  readonly #health: ReturnType<typeof healthAnswers>;
  readonly #connections = new Connections((exchange) => this.#tell(exchange));
  #koa: Koa | undefined;
  #server: Server | undefined;
  #callback: ReturnType<Koa['callback']> | undefined;
  #around: readonly MiddlewareFunction[] = [];
  #address: Promise<Address> | undefined;

  constructor(environment: Environment, options: HttpOptions, status: HttpStatus) {
    this.#environment = environment;
    this.settings = settingsOf(options);
    const ready = () => status.ready() && !this.draining;
    this.#health = healthAnswers(this.settings.health, { ready, health: () => status.health() });
    this.routes = new RouteTable(environment, this.settings);
  }

  /** The koa application. What `use` takes before the start runs outermost; later it throws SPECTER_APPLICATION_STATE. */
  get koa(): Koa {
    this.#koa ??= this.#makeKoa();
    return this.#koa;
  }

  /** The node server, made on first need, so that socket.io can attach before it listens. */
  get server(): Server {
    this.#server ??= this.#makeServer();
    return this.#server;
  }

  /** Whether it has begun to drain. */
  get draining(): boolean {
    return this.#connections.draining;
  }

  /** How many requests are being answered. */
  get inFlight(): number {
    return this.#connections.inFlight;
  }

  /** What it has open at this moment. */
  tree(): readonly OwnershipNode[] {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    if (!address) return [];
    const requests = this.#connections.exchanges.map(({ request, service }) =>
      leaf('task', `${request.method} (${service})`),
    );
    const children = [leaf('resource', this.#connections.counted), ...requests];
    return [{ ...leaf('resource', `port ${address.port} on ${address.address}`), children }];
  }

  /** Puts the middleware of the root module around everything, and its guards and those of the application before every route. */
  surround(root: Class, parts: Pick<Parts, 'get'>, guards: readonly GuardLike[] = []): void {
    this.#around = resolveMiddleware(middlewareOf(root), parts);
    this.routes.guard(root, parts, guards);
  }

  /** Takes no more middleware: from now on it would not be seen. */
  seal(): void {
    this.#callback ??= this.#compose();
  }

  /**
   * Opens the port.
   *
   * @param port - 0 takes any free one
   * @throws SPECTER_LISTEN when the port cannot be opened, SPECTER_APPLICATION_STATE when it is open already or the application stops
   */
  listen(port: number, host: string): Promise<Address> {
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
    const requests = cut.map(
      ({ request, route, service }) => `${request.method} ${route ?? 'an unknown path'} (${service})`,
    );
    if (cut.length > 0) events.emit('http-cut', { service: 'http', requests });
    events.emit('http-drained', { service: 'http', duration: clock.monotonic() - begun, cut: cut.length });
    return cut.length;
  }

  /** Closes the port and every connection that is left. */
  async close(): Promise<void> {
    if (this.#server) await this.#connections.close(this.#server);
  }

  #makeKoa(): Koa {
    const KoaClass = createRequire(import.meta.url)('koa') as typeof Koa;
    const koa = new KoaClass();
    Object.assign(koa, { compose: (middleware: readonly MiddlewareFunction[]) => this.#enterWith(middleware) });
    const { events } = this.#environment;
    koa.silent = true;
    koa.context.onerror = function onerror(this: Context, thrown: unknown) {
      if (thrown !== null && thrown !== undefined) answerError(this, thrown, events);
    };
    return koa;
  }

  /** Everything that a request goes through, as one function: what is not there costs nothing. */
  #enterWith(middleware: readonly MiddlewareFunction[]): (ctx: Context) => Promise<void> {
    const answer = surround([...middleware, ...this.#around], (ctx) => this.routes.dispatch(ctx));
    return (ctx) => this.#enter(ctx, answer);
  }

  #makeServer(): Server {
    const { settings } = this;
    const server = createServer(settings, this.handler);
    // One more than allowed is kept, so that it shows.
    server.maxHeadersCount = settings.maxHeaders + 1;
    server.maxConnections = settings.maxConnections;
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#refuse(error, socket as Socket));
    this.#connections.watch(server);
    return server;
  }

  #compose(): ReturnType<Koa['callback']> {
    const { koa } = this;
    const callback = koa.callback();
    koa.use = () => {
      throw new ApplicationStateError(
        'app.koa.use()',
        'the application has started, and koa does not see middleware added later; add it before start()',
      );
    };
    return callback;
  }

  /** What is thrown goes on to koa as an error: nothing else would come to `onerror`. */
  async #enter(ctx: Context, answer: Run): Promise<void> {
    bindExchange(ctx, this.#connections.of(ctx.res) ?? new Exchange(ctx.req, ctx.res, 0));
    try {
      for (const name in SAFE_HEADERS) ctx.res.setHeader(name, SAFE_HEADERS[name] as string);
      admit(ctx.req, this.settings);
      const pending = this.#health?.(ctx) ?? answer(ctx);
      if (isThenable(pending)) await pending;
      if (isEmptyError(ctx)) throw exchangeOf(ctx).unanswered ?? emptyAnswer(ctx.status);
    } catch (thrown) {
      throw readable(thrown);
    }
  }

  async #listen(port: number, host: string): Promise<Address> {
    this.seal();
    this.#connections.watchOthers(this.server);
    const address = await openPort(this.server, port, host);
    this.#environment.events.emit('http-listening', { service: 'http', url: address.url });
    return address;
  }

  /** Node's parser gave up on what came in. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    const answering = this.#connections.exchanges.some(
      ({ request, response }) => request.socket === socket && response.headersSent,
    );
    if (!socket.writable || answering || error.code === 'ECONNRESET') return void socket.destroy();
    const status = refusalStatus(error);
    this.#environment.events.emit('http-refused', { service: 'http', status, reason: error.code ?? 'unknown' });
    socket.end(refusalText(status, randomUUID()), () => socket.destroy());
  }

  #tell(exchange: Exchange): void {
    const { clock, events } = this.#environment;
    if (!events.has('http-request')) return;
    const { request, response, service, route, requestId, aborted } = exchange;
    const told = { service, route, requestId, aborted, method: request.method ?? 'GET', status: response.statusCode };
    events.emit('http-request', { ...told, duration: clock.monotonic() - exchange.begun });
  }
}

/** An error status that nobody has given a body. */
function isEmptyError(ctx: Context): boolean {
  return ctx.status >= 400 && (ctx.body ?? null) === null && ctx.respond !== false && !ctx.headerSent;
}

function emptyAnswer(status: number): HttpError {
  return status === 404 ? new NotFound(undefined, { code: 'SPECTER_NO_ROUTE' }) : new HttpError(status);
}

function stoppingError(): Unavailable {
  return new Unavailable('The application is stopping.', {
    code: 'SPECTER_UNAVAILABLE',
    headers: { 'Retry-After': '1' },
  });
}

function leaf(kind: OwnedKind, label: string): OwnershipNode {
  return { kind, label, children: [] };
}
