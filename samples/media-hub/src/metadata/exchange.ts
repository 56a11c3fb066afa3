// What the hub and its worker say to each other: JSON, one thing on a line.
import type { Facts } from './facts.js';

export interface Question {
  readonly id: number;
  /** On the disk. */
  readonly path: string;
}

export interface Answer {
  readonly id: number;
  readonly facts?: Facts;
  /** Why the file cannot be read. */
  readonly trouble?: string;
}

/** The worker's first line. */
export const READY = 'ready';
