// Runs a program of this folder as a process of its own, and tells what it printed and how it ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compiled } from './compiled.js';

const ROOT = join(__dirname, '..', '..');
/** No test waits longer than this for a line or for an end. */
const CAP = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds since the given moment. */
  readonly at: number;
}

/** A running program. */
export class Program {
  readonly lines: string[] = [];
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #cap: number;
  readonly #waiting = new Set<() => void>();

  /** @param cap - how long a test waits for a line */
  constructor(file: string, args: readonly string[] = [], env: Record<string, string> = {}, cap = CAP) {
    this.#cap = cap;
    this.#child = spawn(process.execPath, [compiled(join(__dirname, file)), ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, NODE_ENV: 'test', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#heard(line));
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal, at: performance.now() }));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Reads no more: what it writes from now on is a broken pipe. */
  hangUp(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with the first line, past or future, that contains the text. */
  async line(part: string): Promise<string> {
    const find = () => this.lines.find((line) => line.includes(part));
    const found = await this.#until(find, `a line with "${part}"`);
    return found;
  }

  /** Resolves with how it ended; kills it when it does not. */
  async end(): Promise<Ended> {
    const guard = setTimeout(() => this.kill('SIGKILL'), CAP);
    return this.ended.finally(() => clearTimeout(guard));
  }

  #heard(line: string): void {
    this.lines.push(line);
    for (const look of this.#waiting) look();
  }

  #until(find: () => string | undefined, what: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        clearTimeout(guard);
        this.#waiting.delete(look);
        settle();
      };
      const look = () => {
        const found = find();
        if (found !== undefined) done(() => resolve(found));
      };
      const fail = (why: string) => done(() => reject(new Error(`No ${what} ${why}. It printed:\n${this.text}`)));
      const guard = setTimeout(() => {
        this.kill('SIGKILL');
        fail(`within ${this.#cap} ms`);
      }, this.#cap);
      this.#waiting.add(look);
      void this.ended.then(() => setImmediate(() => fail('before it ended')));
      look();
    });
  }
}
