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
  prependListener(event: 'error', fn: (error: { readonly code?: string }) => void): void;
}

/** What ws says of a message that is larger than it may be. */
const TOO_LONG = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';

/** The `readyState` of a websocket that is open. */
export const OPEN = 1;

/** Hears what engine.io does not tell. */
interface FrameListener {
  pinged(websocket: RawSocket): void;
  /** A frame that is no message. */
  received(): void;
  tooLong(websocket: RawSocket): void;
}

const LISTENER = Symbol('listener');

/** A websocket that knows who listens: so one function serves all. */
interface Heard extends RawSocket {
  [LISTENER]?: FrameListener;
}

const onPing = listenerForAll((websocket: Heard) => websocket[LISTENER]?.pinged(websocket));
const onPong = listenerForAll((websocket: Heard) => websocket[LISTENER]?.received());
const onError = listenerForAll((websocket: Heard, { code }: { readonly code?: string }) => {
  if (code === TOO_LONG) websocket[LISTENER]?.tooLong(websocket);
});

/** Tells one listener of the frames of a websocket. */
export function hearFrames(websocket: Heard, listener: FrameListener): void {
  websocket[LISTENER] = listener;
  websocket.on('ping', onPing);
  websocket.on('pong', onPong);
  // Before engine.io, which ends the connection without a word of why.
  websocket.prependListener('error', onError);
}
