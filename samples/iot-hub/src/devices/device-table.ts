// DeviceTable: how every device is, in a model: made for a thousand rows, read and written by path.
import { batch, createModel, createSelector, Lifecycle, type Owner, type Release, Service } from 'specter-runtime';
import type {} from '../hub-events.js';
import type { Facts } from './facts.js';
import { KnownDevices } from './known-devices.js';
import { type DeviceState, NEW, type Row, STATUSES, type Status } from './row.js';

export type Counts = Readonly<Record<Status, number>>;

interface Table {
  devices: Record<string, Row>;
  counts: Record<Status, number>;
}

const troubled = createSelector(
  ({ devices }: Table) => devices,
  (devices) => Object.values(devices).filter(({ status }) => status === 'offline' || status === 'lost'),
);

@Service()
export class DeviceTable extends Lifecycle {
  readonly #ids: ReadonlySet<string>;
  readonly #model;

  constructor({ all }: KnownDevices) {
    super();
    this.#ids = new Set(all.map(({ id }) => id));
    const devices = Object.fromEntries(all.map((facts) => [facts.id, rowOf(facts)]));
    const counts = Object.fromEntries(STATUSES.map((status) => [status, status === 'new' ? all.length : 0]));
    this.#model = createModel<Table>('devices', { devices, counts: counts as Table['counts'] });
  }

  get counts(): Counts {
    return this.#model.get('counts');
  }

  rows(): readonly Row[] {
    return Object.values(this.#model.get('devices'));
  }

  /** The id may come from anywhere: only one that is known becomes part of a path. */
  row(id: string): Row | undefined {
    return this.#ids.has(id) ? this.#model.get(`devices.${id}`) : undefined;
  }

  /** Those that do not answer. */
  troubled(): readonly Row[] {
    return this.#model.select(troubled);
  }

  /** The row and the counts change together: nobody sees one without the other. */
  put(id: string, state: DeviceState): void {
    const before = this.row(id);
    if (!before) return;
    batch(() => {
      this.#model.set(`devices.${id}`, { ...before, ...state });
      this.#count(before.status, -1);
      this.#count(state.status, +1);
    });
    if (before.status !== state.status) this.emit('device:turned', { ...before, ...state });
  }

  /** Calls `fn` whenever that row changes. */
  follow(id: string, fn: (row: Row) => void, owner: Owner): Release {
    return this.#model.subscribe((row) => row && fn(row), { path: `devices.${id}`, owner });
  }

  /** Calls `fn` whenever another number of devices is in some status. */
  followCounts(fn: (counts: Counts) => void, owner: Owner): Release {
    return this.#model.subscribe(fn, { path: 'counts', owner });
  }

  #count(status: Status, by: number): void {
    this.#model.set(`counts.${status}`, this.#model.get(`counts.${status}`) + by);
  }
}

function rowOf({ id, kind, room }: Facts): Row {
  return { id, kind, room, ...NEW };
}
