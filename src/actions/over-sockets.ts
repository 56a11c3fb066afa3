// Actions over sockets: the event `action` with a name and a payload, and the outcome as the acknowledgement.
import { guardCall, type SocketCall } from '../sockets/call.js';
import { DEFAULT_PRIORITY, type SocketIngress } from '../sockets/ingress.js';
import type { ActionRequest, ActionTable } from './table.js';

/** The event that calls an action. */
export const ACTION_EVENT = 'action';

/** Answers the event `action` of every socket. */
export function openSocketDoor(table: ActionTable, ingress: SocketIngress): void {
  const fn = async (name: unknown, call: SocketCall) => {
    const { text } = await table.invoke(name, requestOf(call, ingress.leaving));
    // Read back, the value has no bytes or dates left that socket.io would send in its own way.
    return JSON.parse(text) as unknown;
  };
  ingress.add({
    event: ACTION_EVENT,
    namespace: '/',
    fn,
    priority: DEFAULT_PRIORITY,
    owner: 'actions',
    // How long an action may take is its own to say.
    own: { timeout: false },
    guarded: false,
  });
}

function requestOf(from: SocketCall, leaving: AbortSignal): ActionRequest {
  return {
    payload: from.args[1],
    fault: leaving.aborted ? (leaving.reason as Error) : undefined,
    session: () => from.session,
    call: (at) => guardCall('action', from, at),
    signals: () => [from.signal, leaving],
  };
}
