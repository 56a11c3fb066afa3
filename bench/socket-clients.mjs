// SocketClients: a process full of websockets that speak socket.io's protocol themselves, so that the load costs little. Told what to do by its parent.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const WebSocket = createRequire(require.resolve('engine.io'))('ws');
const SAID = '{"text":"hello from a client","n":7}';
const clients = [];

/** One connection: each request gets a number, and the answer with that number settles it. */
class Client {
  received = 0;
  #next = 0;
  #waiting = new Map();

  constructor(port) {
    this.ws = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    this.joined = new Promise((resolve, reject) => {
      this.ws.on('error', reject);
      this.ws.on('message', (data) => this.#take(data.toString(), resolve));
    });
  }

  ask(event, data) {
    const id = this.#next++;
    this.ws.send(`42${id}["${event}",${data}]`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  #take(text, joined) {
    if (text.startsWith('43')) {
      const at = text.indexOf('[');
      const id = Number(text.slice(2, at));
      this.#waiting.get(id)?.(text.slice(at));
      this.#waiting.delete(id);
    } else if (text.startsWith('42')) this.received++;
    else if (text.startsWith('0')) this.ws.send('40');
    else if (text.startsWith('40')) joined();
    else if (text === '2') this.ws.send('3');
  }
}

const does = {
  async connect({ port, count }) {
    const more = Array.from({ length: count }, () => new Client(port));
    clients.push(...more);
    await Promise.all(more.map((client) => client.joined));
    return {};
  },

  /** Checks that the answer is right. */
  async check() {
    const [client] = clients;
    const answers = [await client.ask('echo', SAID), await client.ask('topic:join', '"room:1"')];
    return { answers };
  },

  async join() {
    await Promise.all(clients.map((client) => client.ask('topic:join', '"room:1"')));
    return {};
  },

  /** Every client asks, and asks again when it has its answer. */
  async echo({ seconds }) {
    const times = [];
    const end = performance.now() + seconds * 1000;
    const lane = async (client) => {
      while (performance.now() < end) {
        const begun = performance.now();
        await client.ask('echo', SAID);
        times.push(performance.now() - begun);
      }
    };
    await Promise.all(clients.map(lane));
    times.sort((a, b) => a - b);
    return { messages: times.length, p50: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)] };
  },

  /** One client has something told to all; when everybody has it, again. */
  async broadcast({ seconds }) {
    const [first] = clients;
    const end = performance.now() + seconds * 1000;
    const before = clients.reduce((sum, { received }) => sum + received, 0);
    while (performance.now() < end) {
      const last = clients.at(-1).received;
      await first.ask('shout', SAID);
      while (clients.at(-1).received === last) await new Promise((resolve) => setImmediate(resolve));
    }
    return { messages: clients.reduce((sum, { received }) => sum + received, 0) - before };
  },
};

process.on('message', async ({ what, ...options }) => process.send(await does[what](options)));
