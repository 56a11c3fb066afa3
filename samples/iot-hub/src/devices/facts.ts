// Facts: what is known of a device before anybody has asked it.
import type { Mood } from '../device/mood.js';

export const KINDS = ['thermometer', 'pressure', 'humidity'] as const;
export type Kind = (typeof KINDS)[number];

export interface Facts {
  /** As `thermometer-1`; without a dot, since it is a step of a path in the table. */
  readonly id: string;
  readonly kind: Kind;
  readonly room: string;
  /** Only simulated devices have one. */
  readonly mood: Mood;
}
