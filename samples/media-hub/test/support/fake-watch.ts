// FakeWatch: stands for a watcher in tests, which say what it sees.

type Subscriber<T> = (value: T, self: never) => unknown;

export class FakeWatch<T> {
  status: 'up' | 'degraded' = 'up';
  lastValue: T | undefined;
  readonly #subscribers = new Set<Subscriber<T>>();

  subscribe(fn: Subscriber<T>): () => void {
    this.#subscribers.add(fn);
    return () => void this.#subscribers.delete(fn);
  }

  health() {
    return { status: this.status };
  }

  tell(value: T): void {
    this.lastValue = value;
    for (const subscriber of [...this.#subscribers]) subscriber(value, this as never);
  }
}
