// Row: one line of the device table.
import type { Facts } from './facts.js';

/** `offline`: it does not answer, and is asked again soon; `lost`: it has not answered for so long that it is left alone for a while. */
export const STATUSES = ['new', 'online', 'offline', 'lost'] as const;
export type Status = (typeof STATUSES)[number];

/** How a device is. */
export interface DeviceState {
  readonly status: Status;
  readonly value: number | null;
  /** When it answered last, in milliseconds since 1970. */
  readonly seen: number | null;
  /** Why it is not online. */
  readonly trouble: string | null;
}

export const NEW: DeviceState = { status: 'new', value: null, seen: null, trouble: null };

export type Row = Pick<Facts, 'id' | 'kind' | 'room'> & DeviceState;
