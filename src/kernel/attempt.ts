// Attempt: one start under way, until it has come to its end or is given up.

/** One start under way, until it is given up. */
export class Attempt {
  hookDone = false;
  /** Why it was given up, if it was. */
  reason: Error | undefined;
  #reject: ((reason: Error) => void) | undefined;

  /** Rejects when it is given up. */
  get givenUp(): Promise<never> {
    return new Promise((_, reject) => {
      this.#reject = reject;
      if (this.reason) reject(this.reason);
    });
  }

  giveUp(reason: Error): void {
    this.reason ??= reason;
    this.#reject?.(reason);
  }

  /** @throws why it was given up */
  check(): void {
    if (this.reason) throw this.reason;
  }
}
