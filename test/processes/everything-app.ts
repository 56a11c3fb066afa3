// An application that uses every primitive there is, and clients that do not go away by themselves.
import 'reflect-metadata';
import { createSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { io } from 'socket.io-client';
import * as s from '../../src/index.js';

/** What the application does besides, and what it leaves behind. */
export interface Everything {
  /** Two child processes and a grandchild. */
  readonly children: boolean;
  /** Called in `onStart` of the largest service: for what nobody closes again. */
  readonly leave?: (service: object) => void;
}

/** An emitter that outlives every application of this process, as `process` does. */
export const outside = new EventEmitter();

@s.Watcher()
class Clockwork extends s.Watch<number> {
  #count = 0;
  @s.Poll(20) read() {
    return this.#count++;
  }
}

@s.Watcher()
class Feed extends s.Watch<number> {
  @s.Stream() async *follow(signal: AbortSignal) {
    for (let i = 0; !signal.aborted; i++) {
      yield i;
      await delay(10, undefined, { signal, ref: true });
    }
  }
}

// One of its jobs ends only when it is asked to, and the stop is patient with it so long.
@s.Queue({ name: 'chores', type: String, concurrency: 2, timeout: 60_000, stopTimeout: 20 })
class Chores extends s.QueueService<string, string> {
  protected async handle({ data, signal }: s.Job<string, string>) {
    if (data === 'fails') throw new Error('not today');
    if (data === 'hangs') await delay(60_000, undefined, { signal });
    return data;
  }
}

class Session extends s.Lifecycle {
  protected override onStart() {
    this.interval(() => {}, 10);
    this.listen('settings:changed', () => {});
  }
}

const HERE = fileURLToPath(import.meta.url);

const THREAD = "require('node:worker_threads').parentPort.on('message', () => {})";

/** One that gives up when it is asked to, and one that starts another in its own process group. */
async function startChildren(owner: s.Owner): Promise<void> {
  for (const script of ['exec sleep 300', 'sleep 300 & wait']) {
    const child = await s.startProcess(owner, 'sh', ['-c', script], { name: script, restart: { on: 'failure' } });
    child.followOutput(() => {});
  }
}

/** The classes are made anew for each kind, so that no two kinds share what their decorators noted. */
export function everythingApp({ children, leave }: Everything): s.Class {
  @s.Service()
  class Main extends s.Lifecycle<{ ticks: number }> {
    readonly bus = s.inject(s.Bus);
    readonly chores = s.inject(Chores);
    readonly settings = s.createStore('settings', { volume: 1 }, { persist: true, emitEvents: true });
    readonly model = s.createModel('model', { at: { x: 1 } });
    readonly cache = s.createCache<number>('cache', { ttl: 1_000, dependsOn: ['settings:changed'] });
    readonly keyed = s.createKeyedCache<string, number>('keyed', { ttl: 1_000 });
    readonly clockwork = s.inject(Clockwork);
    readonly files = s.createWatcher('files', { stream: s.watchFiles(dirname(HERE)) });
    readonly lines = s.createWatcher('lines', { stream: s.tailFile(HERE, { from: 'start' }), lazy: true });
    constructor() {
      super({ ticks: 0 });
    }
    protected override async onStart() {
      this.#follow();
      this.interval(() => this.setState({ ticks: this.state.ticks + 1 }), 10);
      this.timeout(() => {}, 60_000);
      this.listen('settings:changed', () => {});
      this.subscribe(() => {}, { selector: ({ ticks }) => ticks > 3, owner: this });
      this.spawn((signal) => delay(60_000, undefined, { signal }).catch(() => {}), { label: 'long work' });
      await this.openThings();
      await this.adopt(new Session());
      await (await this.adopt(new Session())).stop();
      await this.cache.getOrCompute(async () => 42);
      await this.keyed.getOrCompute('a', async () => 42);
      this.settings.set({ volume: this.settings.get('volume') + 1 });
      this.model.set('at.x', 2);
      const [quick] = await this.chores.enqueueMany(['quick', 'fails', 'hangs', 'waits']);
      await this.chores.enqueue('later', { delay: 60_000 });
      await quick?.done();
      if (children) await startChildren(this);
      leave?.(this);
    }
    /** Readers that are still reading when it stops. */
    #follow() {
      for (const values of [
        this.files.values(),
        this.lines.values(),
        this.clockwork.values({ owner: this, buffer: 2 }),
      ])
        this.spawn(async () => {
          for await (const _ of values);
        });
    }
    /** What Node opens, and this closes. */
    async openThings() {
      const thread = this.own(new Worker(THREAD, { eval: true }), 'terminate');
      await once(thread, 'online');
      this.own(await open(HERE));
      this.own(watch(fileURLToPath(new URL('.', import.meta.url))));
      this.own(createSocket('udp4').bind(0, '127.0.0.1'), (socket) => {
        socket.close();
        return once(socket, 'close');
      });
      this.own(new MessageChannel().port1);
      const hear = () => {};
      outside.on('anything', hear);
      this.addCleanup(() => outside.removeListener('anything', hear));
    }
    @s.Interval(15) tick() {}
    @s.Cron('* * * * *') each() {}
    @s.Listen('settings:changed') heard() {}
    @s.Observe(Clockwork) seen() {}
    @s.Observe(Feed) followed() {}
  }

  @s.Controller('/everything')
  class MainController {
    readonly main = s.inject(Main);
    @s.Get('/') read() {
      return this.main.state;
    }
    @s.Get('/events') async *events(@s.Signal() signal: AbortSignal) {
      for (let i = 0; !signal.aborted; i++) {
        yield { i };
        await delay(10);
      }
    }
    @s.On('ping') ping(@s.Session() session: s.Session) {
      return { pong: session.id };
    }
    @s.Action() hello() {
      return 'hello';
    }
  }

  @s.Handler()
  class MainHandler {
    @s.Topic('room:*') mayJoin() {
      return true;
    }
    @s.On('connection') connected() {}
  }

  @s.Module({ providers: [MainController, MainHandler, Main, Chores, Clockwork, Feed] })
  class App {}
  return App;
}

/** One keep-alive request, one endless stream, one socket in a room: clients that do not go away by themselves. */
export async function useIt(url: string): Promise<void> {
  const get = (path: string) =>
    new Promise<void>((resolve, reject) => {
      const sent = request(`${url}${path}`, (response) =>
        response
          .on('error', () => {})
          .once('data', () => resolve())
          .resume(),
      );
      sent.on('error', reject).end();
    });
  await Promise.all([get('/everything'), get('/everything/events')]);
  const socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true });
  await Promise.all([
    socket.emitWithAck('ping'),
    socket.emitWithAck('topic:join', 'room:1'),
    socket.emitWithAck('action', 'main.hello', null),
  ]);
}
