// HubProcess: the hub in a process of its own, on a free port.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { until } from '../../../../test/until.js';

/** Milliseconds for whatever is waited for: the hub starts a process for each device. */
export const CAP = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

export class HubProcess {
  /** Everything it printed. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;

  constructor(main: string, devices: number) {
    const { PATH, HOME } = process.env;
    const variables = { PORT: '0', IOT_INTERVAL: '100', IOT_MOODS: 'steady', LOG_LEVEL: 'debug' };
    this.#child = spawn(process.execPath, [main, String(devices)], {
      env: { PATH, HOME, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
  }

  /** Where it listens, once it does. */
  url(): Promise<string> {
    const found = () => this.lines.map((line) => /^IoT hub: (\S+)$/.exec(line)?.[1]).find(Boolean);
    return until('the hub listens', found, CAP);
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch((await this.url()) + path);
    return (await response.json()) as T;
  }

  async post(action: string, payload: object): Promise<unknown> {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(`${await this.url()}/actions/${action}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(payload),
    });
    return response.json();
  }

  /** Sends a signal, and resolves as `ended()` does. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ended> {
    this.#child.kill(signal);
    return this.#ended;
  }

  /** Resolves when the process has ended and everything it printed is here. */
  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** The events of one type in its log. */
  events(type: string): readonly Readonly<Record<string, any>>[] {
    const log = this.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    return log.filter((line) => line.type === type);
  }

  /** The process of each device, by its name: the latest. */
  pids(): Readonly<Record<string, number>> {
    const started = this.events('process-started');
    return Object.fromEntries(started.map(({ service, msg }) => [service, Number(/pid (\d+)/.exec(msg)?.[1])]));
  }
}
