// SystemHandler: tells every client how the disk is.
import { Handler, Observe, On, Session, Sockets } from 'specter-runtime';
import { type SystemReading, SystemWatch } from './system-watch.js';

@Handler()
export class SystemHandler {
  constructor(
    private readonly system: SystemWatch,
    private readonly sockets: Sockets,
  ) {}

  @On('connection')
  welcome(@Session() session: Session): void {
    const { lastValue } = this.system;
    if (lastValue) this.sockets.emit('system', lastValue, { session });
  }

  @Observe(SystemWatch)
  tell(reading: SystemReading): void {
    this.sockets.emit('system', reading);
  }
}
