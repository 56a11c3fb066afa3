// Managed instances are in the registry under class and name for as long as they run.
import type { Environment } from '../kernel/home.js';
import type { Token } from '../kernel/token.js';
import type { Made } from './container.js';

/** Follows the starts and stops of one application. @param madeOf - the managed instance of that name */
export function keepRegistry({ events, registry }: Environment, madeOf: (service: string) => Made | undefined): void {
  events.on('started', ({ service }) => {
    const made = madeOf(service);
    // Others may bear the same name, as an adopted child: the phase tells whether it is about the managed one.
    if (made?.runner?.phase !== 'running') return;
    for (const key of keysOf(made)) registry.provide(key, made.value, { replace: true });
  });
  events.on('stopping', ({ service }) => {
    const made = madeOf(service);
    if (made?.runner?.phase === 'stopping') for (const key of keysOf(made)) registry.unregister(key);
  });
}

function keysOf({ record }: Made): readonly Token[] {
  return [...record.tokens, record.name];
}
