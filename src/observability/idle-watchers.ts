// Idle watchers: those that were made while an application started or ran, and that nobody has set going.
import type { Events } from '../kernel/events.js';
import { idleSince } from '../kernel/unowned.js';

/** Tells of them, each once, when the application is ready and when it stops. What was made before its start may have its time still to come. */
export function tellIdleWatchers(events: Events): void {
  let idle: ReturnType<typeof idleSince> = () => [];
  const tell = () => {
    for (const { name, place } of idle()) events.emit('watch-idle', { service: name, place });
  };
  events.on('app-starting', () => {
    idle = idleSince();
  });
  events.on('app-ready', tell);
  events.on('app-draining', tell);
}
