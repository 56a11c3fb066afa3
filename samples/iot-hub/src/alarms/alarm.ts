// Alarm: a rule that holds for a device.

export interface Alarm {
  readonly device: string;
  readonly rule: string;
  /** The value with which it was raised. */
  readonly value: number;
  /** Since when, in milliseconds since 1970. */
  readonly since: number;
}
