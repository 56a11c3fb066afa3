// RawSocket: what ws has of a websocket, as far as engine.io keeps it to itself.
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

/** What ws says of a message that is larger than it may be; engine.io passes on no more than the text. */
export const TOO_LONG = 'Max payload size exceeded';

/** The `readyState` of a websocket that is open. */
export const OPEN = 1;

/** Hears what engine.io does not tell. */
interface FrameListener {
  pinged(websocket: RawSocket): void;
  /** A frame that is no message. */
  received(): void;
}

const LISTENER = Symbol('listener');

/** A websocket that knows who listens: so one function serves all. */
interface Heard extends RawSocket {
  [LISTENER]?: FrameListener;
}

const onPing = listenerForAll((websocket: Heard) => websocket[LISTENER]?.pinged(websocket));
const onPong = listenerForAll((websocket: Heard) => websocket[LISTENER]?.received());

/** Tells one listener of the frames of a websocket. */
export function hearFrames(websocket: Heard, listener: FrameListener): void {
  websocket[LISTENER] = listener;
  websocket.on('ping', onPing);
  websocket.on('pong', onPong);
}
