// Reading: what a device has measured, and when.

export interface Reading {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}
