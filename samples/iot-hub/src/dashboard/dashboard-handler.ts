// DashboardHandler: what dashboards are told: counts and alarms to all, each device to those who have joined its topic.
import { Handler, Lifecycle, Listen, On, Session, Sockets, Topic } from 'specter-runtime';
import type { Alarm } from '../alarms/alarm.js';
import { Alarms } from '../alarms/alarms.js';
import { DeviceTable } from '../devices/device-table.js';
import type {} from '../hub-events.js';

const TOPIC = 'device:';

@Handler()
export class DashboardHandler extends Lifecycle {
  constructor(
    private readonly table: DeviceTable,
    private readonly alarms: Alarms,
    private readonly sockets: Sockets,
  ) {
    super();
  }

  protected override onStart(): void {
    this.table.followCounts((counts) => this.sockets.emit('counts', counts), this);
    for (const { id } of this.table.rows())
      this.table.follow(id, (row) => this.sockets.emit('device', row, { topic: TOPIC + id }), this);
  }

  @On('connection')
  welcome(@Session() session: Session): void {
    this.sockets.emit('counts', this.table.counts, { session });
    this.sockets.emit('alarms', this.alarms.raised, { session });
  }

  @Topic(`${TOPIC}*`)
  mayFollow(topic: string): boolean {
    return this.table.row(topic.slice(TOPIC.length)) !== undefined;
  }

  @Listen('alarm:raised')
  @Listen('alarm:cleared')
  tell(_: Alarm): void {
    this.sockets.emit('alarms', this.alarms.raised);
  }
}
