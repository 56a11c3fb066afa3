// Screen: the hub in a terminal, redrawn in place; elsewhere one line for each change.
import { type Application, Lifecycle, Listen, Service } from 'specter-runtime';
import type { Alarm } from '../alarms/alarm.js';
import { Alarms } from '../alarms/alarms.js';
import { DeviceTable } from '../devices/device-table.js';
import type { Row } from '../devices/row.js';
import type {} from '../hub-events.js';
import { pageOf } from './page.js';
import type { ScreenLog } from './screen-log.js';
import { Terminal } from './terminal.js';

const EVERY = 500;
/** Control sequences: a page of its own without a cursor, back to what was there before, and how to draw over the page. */
const [ENTER, LEAVE] = ['\x1b[?1049h\x1b[?25l', '\x1b[?25h\x1b[?1049l'];
const [HOME, CLEAR_LINE, CLEAR_BELOW] = ['\x1b[H', '\x1b[K', '\x1b[J'];

@Service()
export class Screen extends Lifecycle {
  constructor(
    private readonly table: DeviceTable,
    private readonly alarms: Alarms,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  /** Draws the application from now on, if anybody is looking. */
  show(app: Pick<Application, 'health' | 'tree'>, log: Pick<ScreenLog, 'lines' | 'hold'>): void {
    if (!this.terminal.isScreen) return;
    this.addCleanup(log.hold());
    this.addCleanup(() => this.terminal.write(LEAVE));
    this.terminal.write(ENTER);
    this.interval(() => this.#draw(app, log.lines), EVERY);
  }

  @Listen('device:turned')
  turned({ id, status, trouble }: Row): void {
    this.#say(`${id} is ${status}${trouble ? `: ${trouble}` : ''}`);
  }

  @Listen('alarm:raised')
  raised({ device, rule, value }: Alarm): void {
    this.#say(`ALARM ${device}: ${rule}, at ${value}`);
  }

  @Listen('alarm:cleared')
  cleared({ device, rule }: Alarm): void {
    this.#say(`${device}: no longer ${rule}`);
  }

  #say(text: string): void {
    if (!this.terminal.isScreen) this.terminal.write(`${new Date(this.clock.now()).toISOString()} ${text}\n`);
  }

  async #draw(app: Pick<Application, 'health' | 'tree'>, log: readonly string[]): Promise<void> {
    const { table, alarms, terminal } = this;
    const { counts } = table;
    const health = await app.health();
    const view = { health, counts, rows: table.rows(), alarms: alarms.raised, tree: app.tree().toText(), log };
    const lines = pageOf(view, terminal).map((line) => line + CLEAR_LINE);
    terminal.write(HOME + lines.join('\n') + CLEAR_BELOW);
  }
}
