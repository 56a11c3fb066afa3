// FakeLinks: devices that a test makes up, without any process.
import type { Question } from '../../src/device/messages.js';
import type { Facts } from '../../src/devices/facts.js';
import { Gone, type Link, type LinkOptions, Links, Refusal } from '../../src/links/link.js';

export type Mode = 'up' | 'away' | 'silent';

export class FakeLink implements Link {
  mode: Mode = 'up';
  value = 20;
  opened = 0;
  cuts = 0;
  readonly asked: Question[] = [];
  #isOpen = false;
  #onGone: LinkOptions['onGone'];

  constructor(onGone: LinkOptions['onGone']) {
    this.#onGone = onGone;
  }

  /** A new owner has it from now on. */
  handOver({ owner, onGone }: LinkOptions): this {
    this.#onGone = onGone;
    owner.addCleanup(() => {
      this.#isOpen = false;
    });
    return this;
  }

  async open(): Promise<void> {
    if (this.#isOpen) return;
    if (this.mode === 'away') throw new Gone('nobody is there');
    this.#isOpen = true;
    this.opened += 1;
  }

  async ask(question: Question, signal: AbortSignal): Promise<number> {
    this.asked.push(question);
    if (this.mode === 'silent') return aborted(signal);
    if (!this.#isOpen) throw new Gone('nobody is there');
    if (question.ask === 'set' && question.value > 100) throw new Refusal('too much');
    if (question.ask === 'set') this.value = question.value;
    return this.value;
  }

  async cut(): Promise<void> {
    this.#isOpen = false;
    this.cuts += 1;
  }

  /** The device leaves by itself. */
  leave(): void {
    this.mode = 'away';
    this.#isOpen = false;
    this.#onGone(new Gone('it has left'));
  }
}

export class FakeLinks extends Links {
  readonly #links = new Map<string, FakeLink>();

  override connect({ id }: Facts, options: LinkOptions): Link {
    const link = this.#links.get(id) ?? new FakeLink(options.onGone);
    this.#links.set(id, link);
    return link.handOver(options);
  }

  of(id: string): FakeLink {
    const link = this.#links.get(id);
    if (!link) throw new Error(`There is no ${id}`);
    return link;
  }

  get all(): readonly FakeLink[] {
    return [...this.#links.values()];
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
