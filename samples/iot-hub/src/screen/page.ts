// The page that the screen shows, as lines: a pure function of what is to be seen.
import type { ApplicationHealth } from 'specter-runtime';
import type { Alarm } from '../alarms/alarm.js';
import type { Counts } from '../devices/device-table.js';
import type { Row } from '../devices/row.js';

export interface View {
  readonly health: ApplicationHealth;
  readonly counts: Counts;
  readonly rows: readonly Row[];
  readonly alarms: readonly Alarm[];
  /** The ownership tree. */
  readonly tree: string;
  /** The latest lines of the log. */
  readonly log: readonly string[];
}

interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** As many lines as fit, each as wide as fits. */
export function pageOf({ health, counts, rows, alarms, tree, log }: View, size: Size): string[] {
  const head = [
    `IoT hub  ${health.status}  ${Object.entries(counts).map(([status, n]) => `${n} ${status}`).join(', ')}`,
    ...alarms.map(({ device, rule }) => `ALARM  ${device}: ${rule}`),
    '',
  ]; // biome-ignore format: a list
  const room = size.rows - head.length - log.length - 4;
  const table = clipped(rows.map(lineOf), Math.ceil(room / 2));
  const owned = clipped(tree.split('\n').map(withoutPlace), room - table.length);
  return [...head, ...table, '', ...owned, '', ...log]
    .map((line) => line.slice(0, size.columns))
    .slice(0, size.rows - 1);
}

function lineOf({ id, room, status, value, trouble }: Row): string {
  return `${id.padEnd(16)} ${room.padEnd(11)} ${status.padEnd(8)} ${String(value ?? '').padStart(7)}  ${trouble ?? ''}`;
}

/** Where something was made is for whoever looks for a leak. */
function withoutPlace(line: string): string {
  return line.replace(/ {2}\(.*\)$/, '');
}

function clipped(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  const shown = Math.max(0, most - 1);
  return [...lines.slice(0, shown), `... and ${lines.length - shown} more`];
}
