// Wire: a way to the hub that can be cut, as when a device leaves the network and comes back.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export class Wire {
  readonly #ends = new Set<Socket>();
  readonly #server = createServer((near) => this.#join(near));
  readonly #port: number;
  #cut = false;

  /** @param url - of the hub */
  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  /** Where its other end is. */
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** From now on nothing gets through, and what was connected is not. */
  cut(): void {
    this.#cut = true;
    for (const end of this.#ends) end.destroy();
  }

  mend(): void {
    this.#cut = false;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(near: Socket): void {
    if (this.#cut) return void near.destroy();
    const far = connect(this.#port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#ends.add(from);
      from.on('error', () => {}).on('close', () => {
        this.#ends.delete(from);
        to.destroy();
      }); // biome-ignore format: one line of listeners
      from.pipe(to);
    }
  }
}
