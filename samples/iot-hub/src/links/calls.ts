// Calls: questions that wait for their answers.
import type { AnswerLine } from '../device/messages.js';
import { Refusal } from './link.js';

interface Call {
  resolve(value: number): void;
  reject(error: Error): void;
}

export class Calls {
  readonly #waiting = new Map<number, Call>();
  #last = 0;

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Asks with `send`, and waits for the answer; not beyond the signal. */
  async make(send: (id: number) => Promise<void>, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const id = ++this.#last;
    const { promise, resolve, reject } = deferred();
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting.set(id, { resolve, reject });
    try {
      send(id).catch(reject);
      return await promise;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#waiting.delete(id);
    }
  }

  /** An answer that nobody waits for any more is dropped. */
  answer(line: AnswerLine): void {
    const call = this.#waiting.get(line.id);
    if ('no' in line) call?.reject(new Refusal(line.no));
    else call?.resolve(line.value);
  }

  /** Nobody will answer any more. */
  fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}

function deferred(): Call & { readonly promise: Promise<number> } {
  let call: Call | undefined;
  const promise = new Promise<number>((resolve, reject) => {
    call = { resolve, reject };
  });
  return { promise, ...(call as unknown as Call) };
}
