// ProcessLink: the way to a device that is a child process and speaks JSON in lines.
import { createProcess, type ManagedProcess } from 'specter-runtime';
import { type AnswerLine, HELLO, type Question } from '../device/messages.js';
import type { Facts } from '../devices/facts.js';
import { Calls } from './calls.js';
import { Gone, type Link, type LinkOptions } from './link.js';

export class ProcessLink implements Link {
  readonly #calls = new Calls();
  readonly #process: ManagedProcess;
  readonly #onGone: LinkOptions['onGone'];

  constructor(program: readonly string[], { id, mood }: Facts, { owner, onGone }: LinkOptions) {
    this.#onGone = onGone;
    // Not started again by a policy of its own: whoever asks the device next opens the link.
    this.#process = createProcess(id, process.execPath, [...program, id], {
      owner,
      stdin: 'pipe',
      ready: new RegExp(`^${HELLO}$`),
      env: { DEVICE_MOOD: mood },
      startTimeout: 10_000,
      terminateTimeout: 1_000,
    });
    this.#process.watchStream('stdout', (line) => this.#hear(line));
  }

  async open(): Promise<void> {
    if (this.#process.running) return;
    await this.#process.start();
    void this.#process.wait().then(({ code, signal }) => this.#left(`it ended with ${signal ?? `code ${code}`}`));
  }

  ask(question: Question, signal: AbortSignal): Promise<number> {
    return this.#calls.make((id) => this.#process.write(`${JSON.stringify({ id, ...question })}\n`), signal);
  }

  async cut(): Promise<void> {
    await this.#process.stop();
  }

  #hear(line: string): void {
    if (line.startsWith('{')) this.#calls.answer(JSON.parse(line) as AnswerLine);
  }

  #left(why: string): void {
    const error = new Gone(why);
    this.#calls.fail(error);
    this.#onGone(error);
  }
}
