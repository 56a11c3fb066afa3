// app.socket(): clients of socket.io-client that belong to an application under test, and do not keep a process alive for it.
import { type Release, systemClock } from '../kernel/clock.js';
import { InvalidOptionError } from '../kernel/errors.js';
import { NotLetInError } from './errors.js';
import { type Installed, load, type Received } from './optional-package.js';

// biome-ignore lint/suspicious/noTsIgnore: an optional package may be absent where this is compiled
/** @ts-ignore */
type TheirSocket = import('socket.io-client').Socket;
// biome-ignore lint/suspicious/noTsIgnore: an optional package may be absent where this is compiled
/** @ts-ignore */
type TheirOptions = Partial<import('socket.io-client').ManagerOptions & import('socket.io-client').SocketOptions>;

/** As much of socket.io-client as tests need, for where it is not installed. */
export interface TestSocket {
  readonly id?: string | undefined;
  readonly connected: boolean;
  emit(event: string, ...parameters: unknown[]): this;
  emitWithAck(event: string, ...parameters: unknown[]): Promise<Received>;
  on(event: string, listener: (...parameters: Received[]) => void): this;
  once(event: string, listener: (...parameters: Received[]) => void): this;
  off(event: string, listener?: (...parameters: Received[]) => void): this;
  onAny(listener: (event: string, ...parameters: Received[]) => void): this;
  timeout(ms: number): this;
  connect(): this;
  disconnect(): this;
}

/** Options of a client, for where socket.io-client is not installed. */
export interface TestSocketOptions {
  /** What the server's guards see. */
  readonly auth?: object;
  readonly query?: Readonly<Record<string, string>>;
  readonly extraHeaders?: Readonly<Record<string, string>>;
  readonly [option: string]: unknown;
}

/** socket.io-client's own types where it is installed. */
export type Socket = Installed<TheirSocket, TestSocket>;
export type SocketOptions = Installed<TheirOptions, TestSocketOptions>;

/** Milliseconds for which a process waits for what a client has asked for, when nothing else keeps it alive; and for more after something has come. */
const PATIENCE = 5_000;
const MORE = 500;

/** The clients of one application. */
export class TestSockets {
  readonly #open = new Set<{ disconnect(): unknown }>();
  #letGo: Release = () => {};
  #ended = false;

  /** @throws what the server refused it with, SPECTER_DISCONNECTED when it only hung up, or SPECTER_MISSING_PACKAGE */
  async connect(url: string, namespace: string, options: SocketOptions): Promise<Socket> {
    // Without its slash the name becomes a part of the port, and socket.io-client never says so.
    if (typeof namespace !== 'string' || !namespace.startsWith('/'))
      throw new InvalidOptionError('app.socket()', "a namespace that begins with a slash, as '/chat'", namespace);
    const { io } = load<typeof import('socket.io-client')>('socket.io-client', 'app.socket()');
    const defaults = { transports: ['websocket'], forceNew: true, reconnection: false, autoUnref: true };
    this.#hold(PATIENCE);
    const socket = io(url + namespace, { ...defaults, ...options });
    this.#open.add(socket);
    socket.onAnyOutgoing(() => this.#hold(PATIENCE));
    socket.io.on('packet', () => this.#hold(MORE));
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('connect_error', reject);
      // Of the connection, since the client is the test's from now on; it closes also right before a refusal is told.
      socket.io.once('close', (reason) => queueMicrotask(() => reject(new NotLetInError(namespace, reason))));
    });
    return socket;
  }

  disconnect(): void {
    this.#ended = true;
    for (const socket of this.#open) socket.disconnect();
    this.#letGo();
  }

  /** No socket keeps the process alive; a test runner without a timer of its own must still not end before the answer. */
  #hold(ms: number): void {
    this.#letGo();
    if (!this.#ended) this.#letGo = systemClock.setTimeout(() => {}, ms);
  }
}
