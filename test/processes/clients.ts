// Clients of a loaded application: honest ones that count, and hostile ones that hold on.
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** What one request came to. */
export interface Told {
  /** The status, 0 when there was no whole answer. */
  readonly status: number;
  /** Milliseconds until its end. */
  readonly took: number;
  /** When it was sent. */
  readonly at: number;
  readonly size: number;
  readonly error: string | undefined;
}

/** Clients with a connection each, kept alive. */
export function agentOf(connections: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections, scheduling: 'fifo' });
}

/** Asks once, and never rejects. */
export function ask(options: RequestOptions, body?: Buffer): Promise<Told> {
  const at = performance.now();
  return new Promise((resolve) => {
    const tell = (status: number, size: number, error?: string) =>
      resolve({ status, size, at, took: performance.now() - at, error });
    const asking = request({ host: '127.0.0.1', ...options }, (response: IncomingMessage) => {
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      response.once('close', () => tell(response.complete ? (response.statusCode ?? 0) : 0, size, 'cut'));
    });
    asking.once('error', (error: NodeJS.ErrnoException) => tell(0, 0, error.code)).end(body);
  });
}

/** A connection on which something was sent, and nothing else happens. */
export function hold(port: number, text: string, { reads = true } = {}): Held {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  if (text) socket.write(text);
  if (reads) socket.resume();
  const closed = new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now())));
  return { socket, closed };
}

export interface Held {
  readonly socket: Socket;
  /** When it was closed. */
  readonly closed: Promise<number>;
}

/** One connection on which small requests go one after the other, as cheaply as can be: its own work must not be what is measured. */
export class Line {
  readonly #socket: Socket;
  #answered: (told: Told) => void = () => {};
  #at = 0;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1').on('error', () => {});
    this.#socket.on('data', (bytes) => this.#tell(Number(bytes.toString('latin1', 9, 12)), bytes.length));
    this.#socket.once('close', () => this.#tell(0, 0, 'closed'));
  }

  ask(path: string): Promise<Told> {
    this.#at = performance.now();
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #tell(status: number, size: number, error?: string): void {
    this.#answered({ status, size, error, at: this.#at, took: performance.now() - this.#at });
  }
}

/** The value below which a share of all values is. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
