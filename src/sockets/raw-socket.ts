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
  prependListener(event: 'error', fn: (error: { readonly code?: string }) => void): void;
}

/** What ws says of a message that is larger than it may be. */
export const TOO_LONG = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';

/** The `readyState` of a websocket that is open. */
export const OPEN = 1;
