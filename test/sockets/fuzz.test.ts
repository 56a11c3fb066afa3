// Mutated frames and handshakes from many connections: nothing reaches the process, and an honest client is answered all the while.
// RELIABILITY_SCALE=1 for the full size.
import 'reflect-metadata';
import { request } from 'node:http';
import { seeded } from '../../src/kernel/random.js';
import { On } from '../../src/sockets/handler.js';
import { RawClient } from './raw-client.js';
import { Stage, until } from './stage.js';

jest.setTimeout(120_000);

const scaled = (count: number) => Math.max(1, Math.round(count * Number(process.env.RELIABILITY_SCALE ?? 0.1)));

class Handlers {
  @On('echo', { type: Number }) echo(n: number) {
    return n;
  }
  @On('throws', { type: Number }) throws(_: number) {
    throw new Error('broken');
  }
}

/** What a client says in order, and what is close to it. */
const SEEDS: readonly (string | Buffer)[] = [
  '40', '40/admin,', '40{"token":"x"}', '40{"pid":"x","offset":"y"}', '41', '41/admin,',
  '421["echo",7]', '42["echo",7]', '4299999999999999999999["echo",7]', '42-1["echo",7]', '421["__proto__",{"__proto__":1}]',
  '42["error",{}]', '42["disconnect"]', '42[7,7]', '42[null]', '42[]', '42{}', '42"echo"', '421["throws",1]', '421[["echo"],7]',
  '430["nobody asked"]', '43999["late"]', '43["no number"]', '44{"message":"no"}', '45', '47', '4', '',
  '451-["echo",{"_placeholder":true,"num":0}]', '451-["echo",{"_placeholder":true,"num":7}]', '451-["echo",{"_placeholder":true,"num":"x"}]',
  '4510-["echo"]', '4599999-["echo"]', '45-["echo"]', '450-["echo"]', '461-0[{"_placeholder":true,"num":0}]',
  Buffer.from([1, 2, 3]), Buffer.alloc(0), '2', '3', '2probe', '5', '6', '1', '9', 'b', 'bAQID', '0{"sid":"x"}',
  `421["echo",${'['.repeat(5_000)}${']'.repeat(5_000)}]`, `421["${'x'.repeat(60_000)}"]`, `42/${'n'.repeat(10_000)},["echo"]`,
]; // biome-ignore format: a list

function mutated(random: () => number): string | Buffer {
  const seed = SEEDS[Math.floor(random() * SEEDS.length)] as string | Buffer;
  if (typeof seed !== 'string' || random() < 0.3) return seed;
  const at = Math.floor(random() * (Math.min(seed.length, 60) + 1));
  const other = String(SEEDS[Math.floor(random() * SEEDS.length)]).slice(0, 200);
  const changes = [
    () => seed.slice(0, at),
    () => seed.slice(0, at) + String.fromCharCode(Math.floor(random() * 300)) + seed.slice(at + 1),
    () => seed.slice(0, at) + other + seed.slice(at),
    () => seed + seed,
    () => seed.replace(/\d/, () => String(Math.floor(random() * 1e6))),
  ];
  return (changes[Math.floor(random() * changes.length)] as () => string)();
}

describe('hostile bytes', () => {
  let stage: Stage;
  const uncaught: unknown[] = [];
  const note = (error: unknown) => void uncaught.push(error);
  beforeEach(async () => {
    uncaught.splice(0);
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
    stage = await new Stage({ maxConnectionsPerAddress: 10_000 }).open();
    await stage.start(Handlers);
  });
  afterEach(async () => {
    await stage.close();
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
  });

  test('10,000 mutated frames over 1,000 connections end some of those and nothing else (seed 20261121)', async () => {
    const random = seeded(20_261_121);
    const honest = await stage.connected();
    const frames = 10;
    for (let round = 0; round < scaled(1_000) / 10; round++) {
      const raws = await Promise.all(Array.from({ length: 10 }, () => RawClient.open(stage.url, '/')));
      for (const raw of raws) for (let n = 0; n < frames; n++) raw.send(mutated(random));
      expect(await honest.timeout(20_000).emitWithAck('echo', round)).toBe(round);
      await new Promise((resolve) => stage.environment.clock.setTimeout(() => resolve(0), 20));
      for (const raw of raws) raw.ws.terminate();
      await Promise.all(raws.map(({ closed }) => closed));
    }
    await until(() => stage.server.io.engine.clientsCount === 1);
    expect(uncaught).toEqual([]);
    expect(stage.server.ingress.inFlight).toBe(0);
    // What is told of them never holds a whole message.
    for (const { what } of [...stage.tellings('socket-refused'), ...stage.tellings('socket-failed')])
      expect(what.length).toBeLessThan(200);
  });

  test.each(SEEDS.map((frame) => [String(frame).slice(0, 60), frame] as const))(
    'the frame %j alone does the process no harm, before and after a namespace',
    async (_, frame) => {
      const raws = await Promise.all([undefined, '/'].map((namespace) => RawClient.open(stage.url, namespace)));
      for (const raw of raws) {
        raw.send(frame);
        raw.send('42["echo",1]');
      }
      const honest = await stage.connected();
      expect(await honest.emitWithAck('echo', 1)).toBe(1);
      for (const raw of raws) raw.ws.terminate();
      await Promise.all(raws.map(({ closed }) => closed));
      expect(uncaught).toEqual([]);
    },
  );

  test('hostile handshakes are refused with less than 500', async () => {
    const paths = [
      '?EIO=3&transport=polling', '?EIO=4&transport=__proto__', '?EIO=4&transport=constructor', '?EIO=4&transport=websocket',
      '?EIO=4&transport=polling&sid=__proto__', '?EIO=4&transport=polling&sid=x', '?EIO=4&transport=webtransport', '?', '?EIO=NaN&transport=polling',
      `?EIO=4&transport=polling&x=${'x'.repeat(7_000)}`, '?EIO=4&EIO=4&transport=polling&transport=polling', '?EIO=4&transport=polling&sid=a&sid=b', '?EIO=4&transport[]=polling',
    ]; // biome-ignore format: a list
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'OPTIONS', 'DELETE']) {
        const { status } = await ask(`${stage.url}/socket.io/${path}`, method);
        expect([method, path, status < 500]).toEqual([method, path, true]);
      }
    }
    const opened = (await ask(`${stage.url}/socket.io/?EIO=4&transport=polling`)).text;
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    for (const method of ['PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH']) {
      const { status } = await ask(`${stage.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, method);
      // engine.io answers 500 (tried).
      expect([method, status]).toEqual([method, 405]);
    }
    expect(uncaught).toEqual([]);
    const honest = await stage.connected();
    expect(await honest.emitWithAck('echo', 1)).toBe(1);
  });

  test('a polling client with broken bodies is closed, and only that one', async () => {
    const honest = await stage.connected();
    for (const body of ['garbage', '4garbage', '\x1e\x1e\x1e', '42["echo"'.repeat(2_000), 'b!!!!', '', '9']) {
      const opened = (await ask(`${stage.url}/socket.io/?EIO=4&transport=polling`)).text;
      const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
      await ask(`${stage.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, 'POST', body);
      await ask(`${stage.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, 'POST', '1');
    }
    expect(await honest.emitWithAck('echo', 1)).toBe(1);
    expect(uncaught).toEqual([]);
  });

  test('that end a polling connection leave no timer of half a minute behind', async () => {
    const ends: (() => void)[] = [];
    stage.server.io.engine.on('connection', (conn: { transport: { shouldClose?: unknown } }) => {
      ends.push(() => expect(conn.transport.shouldClose ?? undefined).toBeUndefined());
    });
    for (const body of ['garbage', '4garbage', '9']) {
      const opened = (await ask(`${stage.url}/socket.io/?EIO=4&transport=polling`)).text;
      const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
      await ask(`${stage.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, 'POST', body);
    }
    await stage.server.close();
    expect(ends).toHaveLength(3);
    // engine.io keeps the function, and its timer with it, until it is called (tried).
    for (const expectEnded of ends) expectEnded();
  });
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A connection that is cut, or says nothing, is an answer as well. */
function ask(url: string, method = 'GET', body?: string): Promise<Answer> {
  return new Promise((resolve) => {
    let text = '';
    let status = 0;
    const asking = request(url, { method, agent: false }, (response) => {
      status = response.statusCode ?? 0;
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', () => {});
    });
    asking.on('error', () => {});
    asking.setTimeout(300, () => asking.destroy());
    asking.on('close', () => resolve({ status, text }));
    asking.end(body);
  });
}
