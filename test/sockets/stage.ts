// A sockets door on a real HTTP server on 127.0.0.1, real clients, and everything closed again.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type SocketOptions as ClientOptions, io, type ManagerOptions, type Socket } from 'socket.io-client';
import type { Parts, Role, RoleOptions } from '../../src/app/role.js';
import { rolesOf } from '../../src/app/tags.js';
import type { HttpOptions } from '../../src/http/options.js';
import { Proxies } from '../../src/http/proxy.js';
import { Bus } from '../../src/kernel/bus.js';
import { type Clock, systemClock } from '../../src/kernel/clock.js';
import { Events, type LifecycleEvent, type LifecycleEventType } from '../../src/kernel/events.js';
import type { Environment } from '../../src/kernel/home.js';
import { Registry } from '../../src/kernel/registry.js';
import { type Hooks, Runner } from '../../src/kernel/runner.js';
import type { Class, Token } from '../../src/kernel/token.js';
import { tokenName } from '../../src/kernel/token.js';
import { SocketIngress } from '../../src/sockets/ingress.js';
import type { SocketOptions } from '../../src/sockets/options.js';
import { Sockets } from '../../src/sockets/sender.js';
import { SocketServer } from '../../src/sockets/server.js';

export function testEnvironment(clock: Clock = systemClock): { environment: Environment; told: LifecycleEvent[] } {
  const events = new Events();
  const told: LifecycleEvent[] = [];
  events.on('*', (event) => void told.push(event));
  const bus = new Bus({ events });
  return { environment: { clock, events, bus, registry: new Registry(), births: true }, told };
}

export class Stage {
  readonly environment: Environment;
  readonly told: LifecycleEvent[];
  readonly http = createServer((_request, response) => response.end('plain'));
  readonly server: SocketServer;
  readonly parts = new Map<Token, unknown>();
  readonly #clients: Socket[] = [];
  readonly #runners: Runner[] = [];

  /** @param around - the clock, and what the HTTP door is told, as far as sockets ask it */
  constructor(options: SocketOptions = {}, around: HttpOptions & { readonly clock?: Clock } = {}) {
    const { clock, trustProxy = false, cors = false, allowedHosts } = around;
    const { environment, told } = testEnvironment(clock);
    this.environment = environment;
    this.told = told;
    this.server = new SocketServer(environment, options, {
      server: this.http,
      proxies: trustProxy === false ? undefined : new Proxies(trustProxy),
      settings: { cors, allowedHosts },
    });
    this.parts.set(Events, environment.events);
    this.parts.set(SocketServer, this.server);
    this.parts.set(SocketIngress, this.server.ingress);
    this.parts.set(Sockets, this.server.sender);
  }

  async open(): Promise<this> {
    this.server.open();
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  /** A client that has not connected yet. */
  client(options: Partial<ManagerOptions & ClientOptions> = {}, namespace = '/'): Socket {
    const client = io(this.url + namespace, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  async connected(options: Partial<ManagerOptions & ClientOptions> = {}, namespace = '/'): Promise<Socket> {
    const client = this.client(options, namespace);
    await new Promise<void>((resolve, reject) => {
      client.once('connect', resolve);
      client.once('connect_error', reject);
    });
    return client;
  }

  /** What a client that is refused is told. */
  async refused(
    options: Partial<ManagerOptions & ClientOptions> = {},
    namespace = '/',
  ): Promise<Error & { data?: unknown }> {
    const client = this.client(options, namespace);
    return new Promise((resolve, reject) => {
      client.once('connect', () => reject(new Error('was let in')));
      client.once('connect_error', resolve);
    });
  }

  tellings<T extends LifecycleEventType>(type: T): LifecycleEvent<T>[] {
    return this.told.filter((event) => event.type === type) as unknown as LifecycleEvent<T>[];
  }

  /** Checks, starts and attaches a class as an application does. */
  async start<T extends object>(target: Class<T>, instance: T = new target(), hooks: Hooks = {}): Promise<Runner> {
    for (const { role, options } of rolesOf(target)) role.check?.(target, options);
    const runner = new Runner(target.name, this.environment);
    runner.bind(instance, hooks);
    for (const { role, options } of rolesOf(target)) {
      runner.attach((run) => attach(role, { instance, options, run, parts: this.#partsFor(target.name) }));
    }
    this.#runners.push(runner);
    await runner.start();
    return runner;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.server.close();
    for (const runner of this.#runners.reverse()) await runner.stop();
    if (!this.http.listening) return;
    this.http.close();
    this.http.closeAllConnections();
    await once(this.http, 'close');
  }

  #partsFor(name: string): Parts {
    const get = <T>(token: Token<T>): T => {
      if (!this.parts.has(token)) throw new Error(`the stage has no ${tokenName(token)}`);
      return this.parts.get(token) as T;
    };
    return { name, get };
  }
}

interface Attaching {
  readonly instance: object;
  readonly options: RoleOptions;
  readonly run: Parameters<NonNullable<Role['attach']>>[2];
  readonly parts: Parts;
}

function attach(role: Role, { instance, options, run, parts }: Attaching): unknown {
  return role.attach?.(instance, options, run, parts);
}

/** Resolves with what an event brings. */
export function next(client: Socket, event: string): Promise<any> {
  return new Promise((resolve) => client.once(event, resolve));
}

/** Goes round the event loop until something is so. */
export async function until(so: () => boolean): Promise<void> {
  const begun = performance.now();
  while (!so()) {
    if (performance.now() - begun > 60_000) throw new Error(`it never became so: ${so}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
