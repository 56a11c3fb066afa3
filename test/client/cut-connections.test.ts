// Connections that break at any moment: each call has its answer, and has run once.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket as Wire } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { type ActionsOf, createClient } from '../../src/client/index.js';
import { Action, Controller, Module } from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';
import { Random } from '../../src/testing/random.js';

const CALLS = 150;

const runs = new Map<number, number>();

@Controller()
class TillController {
  @Action({ type: Number }) async pay(n: number) {
    runs.set(n, (runs.get(n) ?? 0) + 1);
    if (n % 3 === 0) await sleep(n % 10);
    return n * 2;
  }
  @Action({ type: Number, defer: { concurrency: 10 } }) async later(n: number) {
    return this.pay(n);
  }
}

@Module({ providers: [TillController] })
class App {}

/** Stands between client and server, and cuts. */
class Cutter {
  readonly #server: Server;
  readonly #wires = new Set<Wire>();
  cuts = 0;

  constructor(port: number, random: Random) {
    this.#server = createServer((client) => {
      const server = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#wires.add(from);
        from.on('error', () => {});
        from.on('close', () => {
          this.#wires.delete(from);
          to.destroy();
        });
        from.on('data', (bytes) => {
          // Before it is passed on, after, or in the middle of it.
          const fate = random.below(30);
          if (fate > 1) return void to.write(bytes);
          this.cuts++;
          from.removeAllListeners('data');
          if (fate === 1) to.write(bytes.subarray(0, random.below(bytes.length)), () => from.destroy());
          else from.destroy();
        });
      }
    });
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const wire of this.#wires) wire.destroy();
    this.#server.close();
  }
}

let app: TestApplication<never>;
afterEach(() => app.stop());

// Teeth: without the id of a call some run twice, and without retries many have no answer (tried).
test.each([
  ['HTTP', 1, 30],
  ['HTTP', 2, 30],
  ['a socket', 1, 5],
  ['a socket', 2, 5],
] as const)(
  'over %s (seed %i)',
  async (door, seed, atOnce) => {
    runs.clear();
    const sockets = { rate: false as const };
    app = (await testApplication(App, { logger: false, clock: 'real', sockets, uncleanStop: true }).start()) as never;
    const cutter = new Cutter(Number(new URL(app.url).port), new Random(seed));
    const url = await cutter.open();
    const socket = io(url, {
      transports: ['websocket'],
      forceNew: true,
      autoConnect: false,
      reconnectionDelay: 5,
      reconnectionDelayMax: 20,
      timeout: 500,
    });
    if (door === 'a socket') socket.connect();
    const client = createClient<ActionsOf<{ till: typeof TillController }>>(url, {
      timeout: 30_000,
      ...(door === 'a socket' && { socket }),
    });
    const call = async (n: number) => (await client.call(n % 4 === 0 ? 'till.later' : 'till.pay', n)).unwrap();
    const answers: number[] = [];
    for (let n = 1; n <= CALLS; n += atOnce)
      answers.push(...(await Promise.all(Array.from({ length: atOnce }, (_, i) => call(n + i)))));
    socket.disconnect();
    cutter.close();
    expect(answers).toEqual(Array.from({ length: CALLS }, (_, i) => (i + 1) * 2));
    expect([...runs.values()].filter((count) => count !== 1)).toEqual([]);
    expect(runs.size).toBe(CALLS);
    expect(cutter.cuts).toBeGreaterThan(5);
  },
  120_000,
);
