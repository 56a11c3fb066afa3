// NightlyReport: at each midnight, the day that is over in a few numbers.
import { Cron, Lifecycle, Listen, Service } from 'specter-runtime';
import { KnownDevices } from '../devices/known-devices.js';
import { History } from '../history/history.js';
import { type Statistics, statisticsOf } from '../history/statistics.js';
import { HubConfig } from '../hub-config.js';

export interface Report {
  /** As `2026-03-29`. */
  readonly day: string;
  /** 24, but for two days of a year. */
  readonly hours: number;
  readonly alarms: number;
  readonly devices: Readonly<Record<string, Statistics>>;
}

const HOUR = 3_600_000;
/** So many reports are kept. */
const KEPT = 31;

@Service()
export class NightlyReport extends Lifecycle<{ readonly reports: readonly Report[] }> {
  #from = 0;
  #alarms = 0;

  constructor(
    private readonly known: KnownDevices,
    private readonly history: History,
    private readonly config: HubConfig,
  ) {
    super({ reports: [] });
  }

  protected override onStart(): void {
    this.#from = this.clock.now();
  }

  @Listen('alarm:raised')
  count(): void {
    this.#alarms += 1;
  }

  /** By the clock on the wall: a day of spring has 23 hours, one of autumn 25. */
  @Cron('0 0 * * *', { timezone: (self: NightlyReport) => self.config.timezone })
  write(): void {
    const [from, to] = [this.#from, this.clock.now()];
    const devices = Object.fromEntries(this.known.all.map(({ id }) => [id, statisticsOf(this.history.of(id, from))]));
    const report = { day: this.#dayOf(to - 1), hours: (to - from) / HOUR, alarms: this.#alarms, devices };
    this.setState({ reports: [...this.state.reports, report].slice(-KEPT) });
    this.#from = to;
    this.#alarms = 0;
  }

  /** As Swedes write it. */
  #dayOf(time: number): string {
    return new Date(time).toLocaleDateString('sv-SE', { timeZone: this.config.timezone });
  }
}
