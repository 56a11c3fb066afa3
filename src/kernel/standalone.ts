// What something has around it that no application, and no owner, gives anything to.
import { Bus } from './bus.js';
import { type Clock, systemClock } from './clock.js';
import { Events } from './events.js';
import type { Environment } from './home.js';
import { Registry } from './registry.js';

/** An environment of its own. @param given - a clock and a bus to live by instead of its own */
export function standalone({ clock = systemClock, bus }: { readonly clock?: Clock; readonly bus?: Bus }): Environment {
  const events = new Events(clock);
  return { clock, events, bus: bus ?? new Bus({ clock, events }), registry: new Registry(clock), births: true };
}
