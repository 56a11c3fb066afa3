// checkedListener: a listener that sees a payload only when it has passed.
import { isThenable } from '../kernel/thenable.js';
import type { Gate } from '../validation/gate.js';
import { PARTING } from './names.js';
import type { SocketListener } from './subscriptions.js';

/** Checks the payload first; waits only where the check takes time. */
export function checkedListener(fn: SocketListener, gate: Gate): SocketListener {
  return (payload, call) => {
    const value = gate.check(payload);
    if (!isThenable(value)) return fn(value, call);
    return value.then((settled) => {
      // Whoever has heard that the socket has gone hears nothing more of it.
      if (!PARTING.has(call.event)) call.signal.throwIfAborted();
      return fn(settled, call);
    });
  };
}
