// FakeDigester: makes checksums of nothing, when the test says so.

export class FakeDigester {
  /** The paths that were asked for, in order. */
  readonly asked: string[] = [];
  /** How many are being read at this moment, and how many there were at most. */
  reading = 0;
  most = 0;
  readonly #trouble = new Map<string, string>();
  readonly #held: (() => void)[] = [];
  #holding = false;

  async digest(path: string, signal: AbortSignal): Promise<string> {
    this.asked.push(path);
    this.most = Math.max(this.most, ++this.reading);
    if (this.#holding) await this.#wait(signal);
    this.reading--;
    signal.throwIfAborted();
    const code = [...this.#trouble].find(([end]) => path.endsWith(end))?.[1];
    if (code) throw Object.assign(new Error('in trouble'), { code });
    return `checksum of ${path
      .split('/')
      .at(-1)
      ?.replace(/^copy of /, '')}`;
  }

  /** From now on files whose path ends so cannot be read. */
  fail(end: string, code: string): void {
    this.#trouble.set(end, code);
  }

  heal(): void {
    this.#trouble.clear();
  }

  /** From now on nobody gets an answer before `release()`. */
  hold(): void {
    this.#holding = true;
  }

  release(): void {
    this.#holding = false;
    for (const go of this.#held.splice(0)) go();
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#held.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
