// checkedListener: a listener that sees a payload only when it has passed.
import { isThenable } from '../kernel/thenable.js';
import type { Gate } from '../validation/gate.js';
import type { SocketListener } from './subscriptions.js';

/** Checks the payload first; waits only where the check takes time. */
export function checkedListener(fn: SocketListener, gate: Gate): SocketListener {
  return (payload, call) => {
    const value = gate.check(payload);
    return isThenable(value) ? value.then((settled) => fn(settled, call)) : fn(value, call);
  };
}
