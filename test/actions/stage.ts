// Actions on both doors of one real server, real clients, and everything closed again.
import { request } from 'node:http';
import { io, type Socket } from 'socket.io-client';
import { ActionTable } from '../../src/actions/table.js';
import type { Parts } from '../../src/app/role.js';
import { rolesOf } from '../../src/app/tags.js';
import { type HttpOptions, HttpServer } from '../../src/http/server.js';
import { Clock } from '../../src/kernel/clock.js';
import { Events, type LifecycleEvent, type LifecycleEventType } from '../../src/kernel/events.js';
import type { Environment } from '../../src/kernel/home.js';
import { type Hooks, Runner } from '../../src/kernel/runner.js';
import type { Class, Token } from '../../src/kernel/token.js';
import type { SocketOptions } from '../../src/sockets/options.js';
import { SocketServer } from '../../src/sockets/server.js';
import { testEnvironment } from '../sockets/stage.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: any;
}

export class ActionStage {
  readonly environment: Environment;
  readonly told: LifecycleEvent[];
  readonly http: HttpServer;
  readonly sockets: SocketServer;
  readonly table: ActionTable;
  readonly parts = new Map<Token, unknown>();
  url = '';
  readonly #clients: Socket[] = [];
  readonly #runners: Runner[] = [];

  constructor(options: { http?: HttpOptions; sockets?: SocketOptions; clock?: Clock } = {}) {
    const { environment, told } = testEnvironment();
    this.environment = options.clock ? { ...environment, clock: options.clock } : environment;
    this.told = told;
    this.http = new HttpServer(this.environment, options.http ?? {}, {
      ready: () => true,
      health: async () => ({ status: 'up', services: {} }),
    });
    this.sockets = new SocketServer(this.environment, options.sockets ?? {}, this.http);
    this.table = new ActionTable(this.environment);
    this.parts.set(Clock, this.environment.clock).set(Events, environment.events).set(HttpServer, this.http);
    this.parts.set(SocketServer, this.sockets).set(ActionTable, this.table);
  }

  async open(): Promise<this> {
    this.sockets.open();
    this.url = (await this.http.listen(0, '127.0.0.1')).url;
    return this;
  }

  /** Checks, starts and attaches a class as an application does. */
  async start<T extends object>(target: Class<T>, instance: T = new target(), hooks: Hooks = {}): Promise<Runner> {
    const get = (token: Token) => this.parts.get(token) as never;
    const parts = { get, name: target.name } as Parts;
    for (const { role, options } of rolesOf(target)) role.check?.(target, options);
    const runner = new Runner(target.name, this.environment);
    runner.bind(instance, hooks);
    for (const { role, options } of rolesOf(target))
      runner.attach((run) => role.attach?.(instance, options, run, parts));
    this.#runners.push(runner);
    await runner.start();
    return runner;
  }

  async client(auth: Record<string, unknown> = {}): Promise<Socket> {
    const client = io(this.url, { transports: ['websocket'], forceNew: true, reconnection: false, auth });
    this.#clients.push(client);
    await new Promise<void>((resolve, reject) => client.once('connect', resolve).once('connect_error', reject));
    return client;
  }

  /** POST /actions/<name> with a payload, or with bytes as they are. */
  post(
    name: string,
    payload?: unknown,
    options: { raw?: string; headers?: Record<string, string>; method?: string } = {},
  ): Promise<HttpAnswer> {
    const body = options.raw ?? (payload === undefined ? undefined : JSON.stringify(payload));
    const headers = { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...options.headers };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.url}/actions/${encodeURI(name)}`,
        { method: options.method ?? 'POST', headers, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              json: text === '' ? undefined : JSON.parse(text),
            });
          });
        },
      );
      outgoing.on('error', reject).end(body);
    });
  }

  tellings<T extends LifecycleEventType>(type: T): LifecycleEvent<T>[] {
    return this.told.filter((event) => event.type === type) as unknown as LifecycleEvent<T>[];
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.sockets.close();
    await this.http.close();
    for (const runner of this.#runners.reverse()) await runner.stop();
    await this.table.close();
  }
}

/** The characters of the next acknowledgement that a client gets, as they came over the wire. */
export function nextAck(client: Socket): Promise<string> {
  return new Promise((resolve) => {
    const hear = ({ type, data }: { type: string; data?: unknown }) => {
      const found = type === 'message' && typeof data === 'string' && /^3\d+\[(.*)\]$/s.exec(data);
      if (!found) return;
      client.io.engine.off('packet', hear);
      resolve(found[1] as string);
    };
    client.io.engine.on('packet', hear);
  });
}
