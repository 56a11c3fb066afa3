// Actions over sockets: the event `action` with a name and a payload, and the outcome as the acknowledgement.
import { errorOf } from '../kernel/errors.js';
import { guardCall, type SocketCall } from '../sockets/call.js';
import { GoneError } from '../sockets/errors.js';
import { DEFAULT_PRIORITY } from '../sockets/ingress.js';
import type { SocketServer } from '../sockets/server.js';
import { checkStructure, type Limits } from '../validation/limits.js';
import type { ActionRequest, ActionTable } from './table.js';

/** The event that calls an action. */
export const ACTION_EVENT = 'action';
/** The event that gives a call up. */
const CANCEL_EVENT = 'action:cancel';
/** The events that ask for a job, and that call it off: the id, and the acknowledgement. */
const JOB_EVENT = 'action:job';
const CANCEL_JOB_EVENT = 'action:job:cancel';

/** Answers the events of actions of every socket. */
export function openSocketDoor(table: ActionTable, { ingress, settings }: SocketServer): void {
  const from = (call: SocketCall, at: number): ActionRequest => ({
    payload: named(call.args[at]).empty === true ? undefined : call.args[1],
    fault: ingress.leaving.aborted ? (ingress.leaving.reason as Error) : faultOf(call.args[1], settings.limits),
    id: named(call.args[at]).id,
    // Without sessions of the application's own each socket is one, and a client comes back on another socket.
    caller: () => (settings.session ? call.session.id : undefined),
    session: () => call.session,
    call: (at) => guardCall('action', call, at),
    signals: () => [call.signal, ingress.leaving],
    tell: (event, data) => void call.socket.emit(event, data),
  });
  // How long an action may take is its own to say.
  const own = { timeout: false } as const;
  const common = { namespace: '/', priority: DEFAULT_PRIORITY, owner: 'actions', guarded: false, own } as const;
  ingress.add({
    ...common,
    event: ACTION_EVENT,
    fn: async (name: unknown, call: SocketCall) => {
      const { text } = await table.invoke(name, from(call, 2));
      // Read back, the value has no bytes or dates left that socket.io would send in its own way.
      return JSON.parse(text) as unknown;
    },
  });
  ingress.add({
    ...common,
    event: CANCEL_EVENT,
    fn: (name: unknown, call: SocketCall) => table.giveUp(name, from(call, 1), new GoneError()),
  });
  for (const event of [JOB_EVENT, CANCEL_JOB_EVENT]) {
    ingress.add({
      ...common,
      event,
      fn: async (id: unknown, call: SocketCall) => {
        const { text } = await table.job(id, from(call, 1), event === CANCEL_JOB_EVENT);
        return JSON.parse(text) as unknown;
      },
    });
  }
}

/** What a client says of its call besides. Whether the id is one is for the table to say. */
interface CallName {
  readonly id?: string;
  /** There is no payload: in its place stands `null`, as nothing does in JSON. */
  readonly empty?: boolean;
}

function named(sent: unknown): CallName {
  return typeof sent === 'object' && sent !== null ? sent : {};
}

/** What keeps a payload from being looked at. Over HTTP it is found while the body is read. */
function faultOf(payload: unknown, limits: Limits): Error | undefined {
  try {
    checkStructure(payload, limits, 'payload');
    return undefined;
  } catch (thrown) {
    return errorOf(thrown);
  }
}
