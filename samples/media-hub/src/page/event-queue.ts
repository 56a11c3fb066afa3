// EventQueue: from a callback to an async iteration. A reader that falls too far behind is let go.
const MOST = 1_000;

export class EventQueue<T> {
  readonly #waiting: T[] = [];
  #wake = () => {};

  push(value: T): void {
    this.#waiting.push(value);
    this.#wake();
  }

  /** Ends with the signal, or when too much is waiting. */
  async *values(signal: AbortSignal): AsyncGenerator<T> {
    while (!signal.aborted && this.#waiting.length <= MOST) {
      yield* this.#waiting.splice(0);
      await this.#more(signal);
    }
  }

  #more(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#waiting.length > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        signal.removeEventListener('abort', this.#wake);
        resolve();
      };
      signal.addEventListener('abort', this.#wake, { once: true });
    });
  }
}
