// RawSocket: what ws has of a websocket, as far as engine.io keeps it to itself.

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
