// An owner with everything an application gives one: for tests of what is made by free functions.
import { Bus } from '../../src/kernel/bus.js';
import { Events, type LifecycleEvent } from '../../src/kernel/events.js';
import { type Environment, type Home, settle } from '../../src/kernel/home.js';
import { PERSISTENCE, type Persistence } from '../../src/kernel/persistence.js';
import { Registry } from '../../src/kernel/registry.js';
import { Scope } from '../../src/kernel/scope.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

export interface Surroundings {
  readonly owner: Scope;
  readonly clock: ManualClock;
  readonly bus: Bus;
  /** Everything that was reported, in order. */
  readonly events: LifecycleEvent[];
  readonly environment: Environment;
}

/** @param persistence - makes what the application keeps state with */
export function surroundings(
  persistence?: (around: { clock: ManualClock; events: Events }) => Persistence,
): Surroundings {
  const clock = new ManualClock();
  const events = new Events(clock);
  const heard: LifecycleEvent[] = [];
  events.on('*', (event) => heard.push(event));
  const bus = new Bus({ clock, events });
  const kept = persistence?.({ clock, events });
  const find = (token: unknown) => (token === PERSISTENCE ? kept : undefined);
  const environment: Environment = { clock, events, bus, registry: new Registry(clock), births: true, find };
  const owner = new Scope('Player', { clock, events });
  settle(owner, { name: 'Player', environment, scope: owner } satisfies Home);
  return { owner, clock, bus, events: heard, environment };
}
