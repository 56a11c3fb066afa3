// Times from the instance are typed: the decorator only fits methods of the class that the function asks. Compiled, not run.
import { Cron, type CronOptions, Interval, Poll } from '../../src/index.js';

class Settings {
  once = 2_500;
}

export function types(options: CronOptions) {
  class Mine {
    private readonly slow = 2;
    @Poll((self: Mine) => self.slow) mine() {}
    @Interval(5) plain() {}
    every = 1;
    // @ts-expect-error: Settings is not this class
    @Interval((self: Settings) => self.once) other() {}
    // @ts-expect-error: an interval is a number
    @Interval((self: Mine) => String(self.every)) text() {}
    @Cron((self: Mine) => `*/${self.every} * * * *`, options) fine() {}
    place = 'Europe/Berlin';
    @Cron('0 0 * * *', { timezone: (self: Mine) => self.place }) here() {}
    // @ts-expect-error: a time zone is a text
    @Cron('0 0 * * *', { timezone: (self: Mine) => self.every }) nowhere() {}
  }
  return Mine;
}
