// The way to the server: one socket for what happens and for actions, fetch for what is asked once.
import { io } from '/assets/socket.io.js';

export const socket = io({ transports: ['websocket'] });

/** Calls an action of the server, and resolves with its value. */
export async function call(action, payload = {}) {
  const outcome = await socket.timeout(5000).emitWithAck('action', action, payload);
  if (!outcome.ok) throw new Error(outcome.error.detail ?? outcome.error.title);
  return outcome.value;
}

/** Asks the server for JSON. */
export async function ask(path, options) {
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.title);
  return answer;
}

export const fileOf = (item) => `/library/${item.id}/file`;
