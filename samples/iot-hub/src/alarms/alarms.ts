// Alarms: which rules hold at this moment, and for which devices.
import { Lifecycle, Listen, Service } from 'specter-runtime';
import { DeviceTable } from '../devices/device-table.js';
import { History } from '../history/history.js';
import type { Reading } from '../history/reading.js';
import type {} from '../hub-events.js';
import type { Alarm } from './alarm.js';
import { type AlarmRule, RULES } from './rules.js';

interface AlarmState {
  readonly raised: Readonly<Record<string, Alarm>>;
}

@Service()
export class Alarms extends Lifecycle<AlarmState> {
  constructor(
    private readonly table: DeviceTable,
    private readonly history: History,
  ) {
    super({ raised: {} });
  }

  get raised(): readonly Alarm[] {
    return Object.values(this.state.raised);
  }

  /** The history has started before, so it hears before: the window has this reading already. */
  @Listen('device:read')
  judge(reading: Reading & { readonly id: string }): void {
    const kind = this.table.row(reading.id)?.kind;
    for (const rule of RULES) if (kind && rule.kinds.includes(kind)) this.#apply(rule, reading);
  }

  #apply(rule: AlarmRule, { id, at, value }: Reading & { readonly id: string }): void {
    const key = `${id} ${rule.name}`;
    const values = this.history.of(id, at - rule.window).map((one) => one.value);
    const holds = values.length >= rule.least && rule.holds(values);
    const raised = this.state.raised[key];
    if (holds && !raised) this.#raise(key, { device: id, rule: rule.name, value, since: at });
    if (!holds && raised) this.#clear(key, raised);
  }

  #raise(key: string, alarm: Alarm): void {
    this.setState({ raised: { ...this.state.raised, [key]: alarm } });
    this.emit('alarm:raised', alarm);
  }

  #clear(key: string, alarm: Alarm): void {
    const { [key]: _, ...raised } = this.state.raised;
    this.setState({ raised });
    this.emit('alarm:cleared', alarm);
  }
}
