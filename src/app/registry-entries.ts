// Managed instances are in the registry under their tokens and names for as long as they run.
import type { Environment } from '../kernel/home.js';
import type { Directory } from './directory.js';

/** Follows the starts and stops of one application. */
export function keepRegistry({ events, registry }: Environment, directory: Directory): void {
  // Others may bear the same name, as an adopted child: the phase tells whether it is about the managed one.
  events.on('started', ({ service }) => {
    for (const made of directory.named(service)) {
      if (made.runner?.phase !== 'running') continue;
      for (const key of directory.keysOf(made)) registry.provide(key, made.value, { replace: true });
    }
  });
  events.on('stopping', ({ service }) => {
    for (const made of directory.named(service)) {
      if (made.runner?.phase !== 'stopping') continue;
      for (const key of directory.keysOf(made)) registry.unregister(key);
    }
  });
}
