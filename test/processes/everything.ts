// An application that uses every primitive there is, stops, and prints what the probes see before and after. `leak` leaves something.
import 'reflect-metadata';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { io } from 'socket.io-client';
import * as s from '../../src/index.js';

const leak = process.argv.includes('leak');
const folder = mkdtempSync(join(tmpdir(), 'specter-everything-'));

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

@s.Service()
class Everything extends s.Lifecycle<{ ticks: number }> {
  readonly bus = s.inject(s.Bus);
  readonly settings = s.createStore('settings', { volume: 1 }, { persist: true, emitEvents: true });
  readonly model = s.createModel('model', { at: { x: 1 } });
  readonly cache = s.createCache<number>('cache', { ttl: 1_000, dependsOn: ['settings:changed'] });
  constructor() {
    super({ ticks: 0 });
  }
  protected override async onStart() {
    this.interval(() => this.setState({ ticks: this.state.ticks + 1 }), 10);
    this.timeout(() => {}, 60_000);
    this.listen('settings:changed', () => {});
    this.spawn((signal) => delay(60_000, undefined, { signal }).catch(() => {}), { label: 'long work' });
    const { code } = { code: "require('node:worker_threads').parentPort.on('message', () => {})" };
    this.own(new Worker(code, { eval: true }), 'terminate');
    await this.cache.getOrCompute(async () => 42);
    this.settings.set({ volume: 2 });
    if (leak) setInterval(() => {}, 1_000).unref();
  }
  @s.Interval(15) tick() {}
  @s.Cron('* * * * *') each() {}
  @s.Listen('settings:changed') heard() {}
  @s.Observe(Clockwork) seen() {}
  @s.Observe(Feed) followed() {}
}

@s.Controller('/everything')
class EverythingController {
  readonly everything = s.inject(Everything);
  @s.Get('/') read() {
    return this.everything.state;
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

@s.Module({ providers: [EverythingController, Everything, Clockwork, Feed] })
class App {}

function probes() {
  const report = process.report.getReport() as { libuv: { type: string; is_active?: boolean }[] };
  const handles = report.libuv.filter(({ type, is_active }) => is_active && type !== 'loop').map(({ type }) => type);
  return {
    files: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    handles: handles.sort(),
    resources: process.getActiveResourcesInfo().sort(),
    processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

/** One keep-alive request, one endless stream, one socket: clients that do not go away by themselves. */
async function useIt(url: string): Promise<void> {
  const agent = (path: string) =>
    new Promise<void>((resolve, reject) => {
      const sent = request(`${url}${path}`, (response) =>
        response
          .on('error', () => {})
          .once('data', () => resolve())
          .resume(),
      );
      sent.on('error', reject).end();
    });
  await agent('/everything');
  await agent('/everything/events');
  const socket = io(url, { transports: ['websocket'], reconnection: false });
  await socket.emitWithAck('ping');
  await socket.emitWithAck('action', 'everything.hello', null);
}

const warm = await s.bootstrap(App, { signals: true, logger: false, storage: { file: join(folder, 'a.sqlite') } });
await useIt((await warm.listen(0)).url);
await warm.stop();
await delay(50);
const before = probes();

const app = await s.bootstrap(App, { signals: true, logger: false, storage: { file: join(folder, 'b.sqlite') } });
await useIt((await app.listen(0)).url);
await delay(100);
await app.stop();
const stopped = performance.now();
await delay(50);
const after = probes();

rmSync(folder, { recursive: true });
process.stdout.write(`${JSON.stringify({ before, after })}\n`);
process.once('exit', () =>
  process.stdout.write(`ended ${Math.round(performance.now() - stopped - 50)} ms after the stop\n`),
);
