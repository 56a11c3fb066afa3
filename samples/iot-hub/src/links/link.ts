// Link: the way to one device, whatever it is made of. Tests put another `Links` in the place of the one with processes.
import type { Owner } from 'specter-runtime';
import type { Question } from '../device/messages.js';
import type { Facts } from '../devices/facts.js';

export interface Link {
  /** Opens it, unless it is open. */
  open(): Promise<void>;

  /**
   * Asks, and resolves with the value of the device.
   *
   * @throws Refusal when the device does not want to, Gone when it has left, the reason of the signal
   */
  ask(question: Question, signal: AbortSignal): Promise<number>;

  /** Closes it, whatever the device is doing. It can be opened again. */
  cut(): Promise<void>;
}

export interface LinkOptions {
  /** With whom the link ends. */
  readonly owner: Owner;
  /** Is told when the device has left. */
  readonly onGone: (error: Error) => void;
}

export abstract class Links {
  abstract connect(facts: Facts, options: LinkOptions): Link;
}

/** The device has left. */
export class Gone extends Error {}

/** The device has understood, and does not want to: asking again would not help. */
export class Refusal extends Error {}
