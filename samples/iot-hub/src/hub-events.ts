// What the hub tells over the bus; importing this file types `emit`, `listen` and `@Listen`.
import type { Alarm } from './alarms/alarm.js';
import type { Row } from './devices/row.js';
import type { Reading } from './history/reading.js';

declare module 'specter-runtime' {
  interface BusEvents {
    'device:read': Reading & { readonly id: string };
    /** It is in another status than before. */
    'device:turned': Row;
    'alarm:raised': Alarm;
    'alarm:cleared': Alarm;
  }
}
