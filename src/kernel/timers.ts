// Owned timers on the scope's clock; the ticks of an interval never overlap.
import { checkDuration, type Release } from './clock.js';
import { errorOf, InvalidArgumentError } from './errors.js';
import type { Scope } from './scope.js';

/** Calls `fn` every `ms`, arming the next tick when the last call has settled. */
export function startInterval(scope: Scope, fn: () => unknown, ms: number): Release {
  return startTimer(scope, { fn, ms, again: true, label: `interval of ${ms} ms` });
}

/** Calls `fn` once after `ms`. */
export function startTimeout(scope: Scope, fn: () => unknown, ms: number): Release {
  return startTimer(scope, { fn, ms, again: false, label: `timeout of ${ms} ms` });
}

interface Timer {
  readonly fn: () => unknown;
  readonly ms: number;
  readonly again: boolean;
  readonly label: string;
}

function startTimer(scope: Scope, timer: Timer): Release {
  check(scope, timer);
  let disarm: Release = () => {};
  let ended = false;
  let ticking = false;
  let tick: Promise<void> | undefined;
  const cancel = () => {
    ended = true;
    disarm();
    return tick;
  };
  const arm = () => {
    disarm = scope.clock.setTimeout(() => {
      ticking = true;
      tick = fire(scope, timer).finally(() => {
        ticking = false;
        tick = undefined;
        if (timer.again && !ended) arm();
        else forget();
      });
    }, timer.ms);
  };
  const forget = scope.hold({ kind: 'timer', label: timer.label, release: cancel, quiesce: cancel });
  arm();
  // A tick at hand stays owned until it has ended, so that it cannot outlive its owner.
  return () => (ticking ? void cancel() : forget());
}

async function fire(scope: Scope, { fn, label }: Timer): Promise<void> {
  try {
    await fn();
  } catch (thrown) {
    const name = fn.name ? `${label} (${fn.name})` : label;
    scope.events.emit('timer-failed', { service: scope.service, timer: name, error: errorOf(thrown) });
  }
}

function check(scope: Scope, { fn, ms, again }: Timer): void {
  const where = `${scope.service}.${again ? 'interval' : 'timeout'}()`;
  if (typeof fn !== 'function') throw new InvalidArgumentError(where, 'a function', fn);
  checkDuration(where, ms);
  if (again && ms < 1) throw new InvalidArgumentError(where, 'at least 1 millisecond', ms);
}
