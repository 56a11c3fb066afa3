// RawSocket: a websocket of ws, below engine.io, which tells nothing of frames that are no messages.
import { listenerForAll } from '../kernel/listener-for-all.js';

/** What ws has of a websocket. */
export interface RawSocket {
  readonly readyState: number;
  /** Bytes that the network has not taken. */
  readonly bufferedAmount: number;
  pause(): void;
  terminate(): void;
  on(event: 'ping' | 'pong', fn: () => void): void;
  once(event: 'close', fn: () => void): void;
}

/** The `readyState` of a websocket that is open. */
export const OPEN = 1;

/** Hears of frames that are no messages. */
interface FrameListener {
  pinged(websocket: RawSocket): void;
  received(): void;
}

const LISTENER = Symbol('listener');

/** A websocket that knows who listens: so one function serves all. */
interface Heard extends RawSocket {
  [LISTENER]?: FrameListener;
}

const onPing = listenerForAll((websocket: Heard) => websocket[LISTENER]?.pinged(websocket));
const onPong = listenerForAll((websocket: Heard) => websocket[LISTENER]?.received());

/** Tells one listener of the pings and pongs of a websocket. */
export function hearFrames(websocket: Heard, listener: FrameListener): void {
  websocket[LISTENER] = listener;
  websocket.on('ping', onPing);
  websocket.on('pong', onPong);
}
