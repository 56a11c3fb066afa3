// The HTTP door without an application: controllers on a real port, with a scope for each and a few parts.
import 'reflect-metadata';
import { connect, type Socket } from 'node:net';
import type { Parts } from '../../src/app/role.js';
import { rolesOf } from '../../src/app/tags.js';
import { checkRoutes } from '../../src/http/controller.js';
import { type Address, type HttpOptions, HttpServer } from '../../src/http/server.js';
import { Bus } from '../../src/kernel/bus.js';
import { type Clock, systemClock } from '../../src/kernel/clock.js';
import { Events, type LifecycleEvent } from '../../src/kernel/events.js';
import type { Environment } from '../../src/kernel/home.js';
import { Registry } from '../../src/kernel/registry.js';
import { Scope } from '../../src/kernel/scope.js';
import type { Class, Token } from '../../src/kernel/token.js';

export interface HarnessOptions {
  readonly http?: HttpOptions;
  readonly root?: Class;
  readonly guards?: readonly never[];
  readonly providers?: readonly object[];
  readonly clock?: Clock;
  readonly prepare?: (http: HttpServer) => void;
}

/** What is checked at boot, for one class. */
export function check(target: Class): void {
  for (const { role, options } of rolesOf(target)) role.check?.(target, options);
}

export class Harness {
  readonly events: LifecycleEvent[] = [];
  readonly scopes = new Map<object, Scope>();
  readonly http: HttpServer;
  readonly environment: Environment;
  readonly options: HarnessOptions;
  ready = true;
  health: unknown = { status: 'up', services: {} };
  url = '';
  port = 0;

  constructor(options: HarnessOptions = {}) {
    const clock = options.clock ?? systemClock;
    const events = new Events(clock);
    this.options = options;
    this.environment = { clock, events, bus: new Bus({ clock, events }), registry: new Registry(clock), births: false };
    events.on('*', (event) => void this.events.push(event));
    this.http = new HttpServer(this.environment, options.http ?? {}, {
      ready: () => this.ready,
      health: async () => this.health,
    });
  }

  get parts(): Parts {
    const all = [this.http, ...(this.options.providers ?? [])];
    return { name: '', get: <T>(token: Token<T>) => all.find((it) => it instanceof (token as Class<T & object>)) as T };
  }

  /** Checks and attaches instances of controllers. */
  async attach(...instances: readonly object[]): Promise<void> {
    const targets = instances.map((instance) => instance.constructor as Class);
    for (const target of targets) check(target);
    const errors = checkRoutes(targets, this.options.http);
    if (errors.length > 0) throw errors[0];
    for (const instance of instances) await this.attachOne(instance);
  }

  async attachOne(instance: object): Promise<Scope> {
    const { clock, events } = this.environment;
    const scope = new Scope(instance.constructor.name, { clock, events, births: false });
    this.scopes.set(instance, scope);
    const parts = { ...this.parts, get: this.parts.get, name: instance.constructor.name };
    for (const { role, options } of rolesOf(instance.constructor as Class))
      await role.attach?.(instance, options, scope, parts);
    return scope;
  }

  async listen(): Promise<Address> {
    const address = await this.http.listen(0, '127.0.0.1');
    this.url = address.url;
    this.port = address.port;
    return address;
  }

  of<T extends LifecycleEvent['type']>(type: T): readonly LifecycleEvent<T>[] {
    return this.events.filter((event) => event.type === type) as unknown as LifecycleEvent<T>[];
  }

  /** Resolves with the first event of a type, past ones included. */
  async event<T extends LifecycleEvent['type']>(type: T): Promise<LifecycleEvent<T>> {
    const past = this.of(type)[0];
    if (past) return past;
    return new Promise((resolve) => {
      const release = this.environment.events.on(type, (event) => {
        release();
        resolve(event);
      });
    });
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  postJson(path: string, value: unknown): Promise<Response> {
    return this.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
  }

  async close(): Promise<void> {
    await this.http.close();
    for (const scope of this.scopes.values()) await scope.close();
  }
}

/** Starts controllers on a real port; closed by `afterEach`. */
export async function serve(instances: readonly object[], options: HarnessOptions = {}): Promise<Harness> {
  const harness = new Harness(options);
  open.push(harness);
  options.prepare?.(harness.http);
  await harness.attach(...instances);
  // As an application does: when everything has started.
  if (options.root) harness.http.surround(options.root, harness.parts, options.guards);
  await harness.listen();
  return harness;
}

const open: Harness[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const harness of open.splice(0)) await harness.close();
});

/** A raw connection, and everything that came over it. */
export class Raw {
  received = '';
  #wake: () => void = () => {};
  readonly socket: Socket;
  readonly connected: Promise<void>;
  readonly closed: Promise<void>;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    sockets.push(this.socket);
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => {
      this.received += chunk;
      this.#wake();
    });
    this.connected = new Promise((resolve) => this.socket.once('connect', () => resolve()));
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    void this.closed.then(() => this.#wake());
  }

  async send(text: string): Promise<this> {
    await this.connected;
    this.socket.write(text);
    return this;
  }

  /** Resolves when what came contains a text. */
  async until(text: string): Promise<string> {
    while (!this.received.includes(text)) {
      if (this.socket.closed) throw new Error(`closed before "${text}": ${this.received}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.received;
  }
}

/** A promise, and the functions that settle it. */
export function deferred<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
