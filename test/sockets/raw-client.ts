// RawClient: a websocket that says what no client library would, and reads nothing if it is told to.
import { once } from 'node:events';
import { createRequire } from 'node:module';

interface Raw {
  readonly readyState: number;
  send(data: string | Buffer): void;
  ping(data?: Buffer): void;
  pong(data?: Buffer): void;
  pause(): void;
  resume(): void;
  terminate(): void;
  on(event: 'message', fn: (data: Buffer, isBinary: boolean) => void): void;
  on(event: 'close' | 'error', fn: (reason: unknown) => void): void;
}

const WebSocket = createRequire(require.resolve('engine.io'))('ws') as new (url: string) => Raw;

/** One connection that has been opened, and has asked for nothing yet. */
export class RawClient {
  readonly ws: Raw;
  /** The texts that came. */
  readonly heard: string[] = [];
  readonly closed: Promise<void>;
  isClosed = false;

  /** @param sid - the polling connection that it wants to take over */
  constructor(url: string, sid?: string) {
    const query = sid === undefined ? '' : `&sid=${sid}`;
    this.ws = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket${query}`);
    this.ws.on('message', (data) => void this.heard.push(data.toString()));
    this.ws.on('error', () => {});
    this.closed = new Promise((resolve) => this.ws.on('close', () => resolve(this.#end())));
  }

  /** Connected to engine.io, and to a namespace if one is named. */
  static async open(url: string, namespace?: string): Promise<RawClient> {
    const client = new RawClient(url);
    await once(client.ws as never, 'open');
    if (namespace === undefined) return client;
    client.send(namespace === '/' ? '40' : `40${namespace},`);
    while (!client.heard.some((text) => text.startsWith('40'))) await once(client.ws as never, 'message');
    return client;
  }

  send(frame: string | Buffer): void {
    if (this.ws.readyState === 1) this.ws.send(frame);
  }

  #end(): void {
    this.isClosed = true;
  }
}
