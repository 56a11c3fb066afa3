// Device: one device as the hub knows it: asked again and again, with patience.
import { createWatcher, Lifecycle } from 'specter-runtime';
import type {} from '../hub-events.js';
import type { Link, Links } from '../links/link.js';
import type { Facts } from './facts.js';
import { type DeviceState, NEW } from './row.js';

export interface DeviceMeans {
  readonly links: Links;
  /** Milliseconds between an answer and the next question. */
  readonly interval: number;
  /** Milliseconds that an answer may take. */
  readonly patience: number;
}

/** So often in a row it may say nothing before its link is cut, and opened anew. */
const SILENCES = 3;
/** So often in a row a question may fail, whyever, before the device gives up: after about six minutes. */
const RETRIES = 12;
const BACKOFF = { min: 1_000, max: 60_000 };

export class Device extends Lifecycle<DeviceState> {
  readonly #means: DeviceMeans;
  #link: Link | undefined;
  #silences = 0;

  constructor(
    readonly facts: Facts,
    means: DeviceMeans,
  ) {
    super(NEW, { name: `Device ${facts.id}` });
    this.#means = means;
  }

  protected override onStart(): void {
    const { links, interval, patience } = this.#means;
    this.#silences = 0;
    this.setState(NEW);
    this.#link = links.connect(this.facts, { owner: this, onGone: ({ message }) => this.#miss(message) });
    createWatcher(`${this.facts.id} value`, {
      owner: this,
      poll: (signal) => this.#read(signal),
      interval,
      timeout: patience,
      retry: RETRIES,
      backoff: BACKOFF,
    }).subscribe((value) => this.#take(value));
  }

  /** @throws Refusal, Gone, or the reason of the signal */
  async set(value: number, signal: AbortSignal): Promise<number> {
    const link = this.#opened();
    await link.open();
    return this.#take(await link.ask({ ask: 'set', value }, signal));
  }

  /** Cuts its link; the next question opens it anew. */
  async reset(): Promise<void> {
    await this.#opened().cut();
  }

  async #read(signal: AbortSignal): Promise<number> {
    const link = this.#opened();
    try {
      await link.open();
      return await link.ask({ ask: 'read' }, signal);
    } catch (error) {
      this.#miss(signal.aborted ? `no answer within ${this.#means.patience} ms` : (error as Error).message);
      if (signal.aborted && ++this.#silences % SILENCES === 0) await link.cut();
      throw error;
    }
  }

  #take(value: number): number {
    const at = this.clock.now();
    this.#silences = 0;
    this.setState({ status: 'online', value, seen: at, trouble: null });
    this.emit('device:read', { id: this.facts.id, at, value });
    return value;
  }

  #miss(trouble: string): void {
    // What ends because the hub is stopping is not missed; what is lost stays so until it answers.
    if (!this.signal.aborted && this.state.status !== 'lost') this.setState({ status: 'offline', trouble });
  }

  #opened(): Link {
    if (!this.#link) throw new Error(`${this.name} has not started`);
    return this.#link;
  }
}
