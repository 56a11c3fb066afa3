// HubProcess: the hub in a process of its own, on a free port.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { io, type Socket } from 'socket.io-client';
import { until } from '../../../../test/until.js';

export interface HubSettings {
  readonly folder: string;
  readonly data: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

export class HubProcess {
  /** Everything it printed. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #sockets: Socket[] = [];

  constructor(main: string, { folder, data, env }: HubSettings) {
    const variables = { PORT: '0', HUB_DATA: data, HUB_POLL_INTERVAL: '100', LOG_LEVEL: 'info', ...env };
    this.#child = spawn(process.execPath, [main, folder], {
      env: { ...clean(process.env), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
  }

  /** Where it listens, once it does. */
  async url(): Promise<string> {
    const found = () => this.lines.map((line) => /^Media hub: (\S+)$/.exec(line)?.[1]).find(Boolean);
    const ended = this.#ended.then(() => {
      throw new Error(`The hub ended:\n${this.lines.join('\n')}`);
    });
    return Promise.race([until('the hub listens', found), ended]);
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch((await this.url()) + path);
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as T;
  }

  /** A connected client; `listen` is called before it connects, so that it misses nothing. */
  async socket(listen: (socket: Socket) => void = () => {}): Promise<Socket> {
    const socket = io(await this.url(), {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      autoConnect: false,
    });
    this.#sockets.push(socket);
    listen(socket);
    const connected = new Promise<void>(
      (resolve, reject) => void socket.once('connect', resolve).once('connect_error', reject),
    );
    socket.connect();
    await connected;
    return socket;
  }

  /** Sends a signal, and resolves when the process has ended and everything it printed is here. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<Ended> {
    this.#child.kill(signal);
    const ended = await this.ended();
    for (const socket of this.#sockets) socket.disconnect();
    return ended;
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** What its log says, without the lines that are no log. */
  get log(): readonly Readonly<Record<string, unknown>>[] {
    return this.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }
}

/** What the developer has set must not change what is tested. */
function clean(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(HUB_|SPECTER_|PORT$|HOST$|INIT_CWD$)/.test(name)),
  );
}
