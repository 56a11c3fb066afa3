// Stands where systemd listens: a datagram socket in a folder of its own, and what came in.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Node has no unix datagram sockets; this is a devDependency, compiled for Linux and macOS. */
type Sockets = typeof import('node-unix-socket');

/** Undefined where the package has nothing for this machine; with SPECTER_REQUIRE_SYSTEMD=1 that is an error. */
export function findSockets(): Sockets | undefined {
  try {
    return require('node-unix-socket');
  } catch (error) {
    if (process.env.SPECTER_REQUIRE_SYSTEMD === '1') throw error;
    console.warn('The tests of systemd are skipped: node-unix-socket is not there for this machine.');
    return undefined;
  }
}

export interface Received {
  readonly text: string;
  /** Wall time, comparable between processes. */
  readonly at: number;
}

export class NotifyReceiver {
  readonly received: Received[] = [];
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'notify-'));
  readonly #socket: InstanceType<Sockets['DgramSocket']>;
  readonly #waiting = new Set<() => void>();

  constructor({ DgramSocket }: Sockets) {
    this.path = join(this.#folder, 'notify.sock');
    this.#socket = new DgramSocket();
    this.#socket.on('data', (bytes: Buffer) => this.#heard(bytes.toString()));
    this.#socket.bind(this.path);
  }

  get texts(): string[] {
    return this.received.map(({ text }) => text);
  }

  /** Resolves with the first message, past or future, that contains the text; a test's own time limit ends the wait. */
  message(part: string): Promise<Received> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.received.find(({ text }) => text.includes(part));
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  close(): void {
    this.#socket.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #heard(text: string): void {
    this.received.push({ text, at: Date.now() });
    for (const look of this.#waiting) look();
  }
}
