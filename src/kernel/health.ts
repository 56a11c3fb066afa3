// Health: how somebody feels; what can be said of whatever has a runner, unless it knows more itself.
import type { Runner } from './runner.js';

/** How somebody feels. */
export interface Health {
  readonly status: 'up' | 'degraded' | 'down';
  readonly [detail: string]: unknown;
}

/** Up while it runs; down, with the reason, when it has failed. */
export function healthOf({ failure, phase }: Runner): Health {
  if (failure) return { status: 'down', error: failure.message };
  return { status: phase === 'running' ? 'up' : 'down' };
}
