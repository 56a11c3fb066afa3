// Every kind of raw thing that Node can open, and how each is closed: what the kit must find, and must not find once it is closed.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { unwatchFile, watch, watchFile } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { BroadcastChannel, MessageChannel, Worker } from 'node:worker_threads';

/** Opens something without an owner; what it gives closes it. */
export type Open = () => Promise<() => unknown> | (() => unknown);

const forEver = 'setInterval(() => {}, 1000)';

/** By what the kit calls each. */
export const OPENED: readonly [kind: string, what: string, open: Open][] = [
  ['timer', 'setTimeout', () => {
    const timer = setTimeout(() => {}, 60_000);
    return () => clearTimeout(timer);
  }],
  ['timer', 'setInterval', () => {
    const timer = setInterval(() => {}, 1_000);
    return () => clearInterval(timer);
  }],
  ['timer', 'setInterval().unref()', () => {
    const timer = setInterval(() => {}, 1_000).unref();
    return () => clearInterval(timer);
  }],
  ['watcher', 'fs.watch', () => {
    const watcher = watch(__dirname);
    return () => watcher.close();
  }],
  ['watcher', 'fs.watchFile', () => {
    watchFile(__filename, () => {});
    return () => unwatchFile(__filename);
  }],
  ['server', 'net.Server', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return () => server.close();
  }],
  ['server', 'http.Server', async () => {
    const server = createHttpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return () => server.close();
  }],
  ['socket', 'net.Socket', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as { port: number }).port);
    await once(socket, 'connect');
    server.close();
    return () => socket.destroy();
  }],
  ['process', 'child_process.spawn', async () => {
    const child = spawn(process.execPath, ['-e', forEver], { stdio: 'ignore' });
    await once(child, 'spawn');
    return () => child.kill('SIGKILL');
  }],
  ['worker', 'Worker', async () => {
    const worker = new Worker(forEver, { eval: true });
    await once(worker, 'online');
    return () => worker.terminate();
  }],
  ['socket', 'dgram', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return () => socket.close();
  }],
  ['port', 'MessageChannel', () => {
    const { port1 } = new MessageChannel();
    return () => port1.close();
  }],
  ['port', 'BroadcastChannel', () => {
    const channel = new BroadcastChannel('anything');
    return () => channel.close();
  }],
  ['file', 'FileHandle', async () => {
    const file = await open(__filename);
    return () => file.close();
  }],
  ['listener', 'process.on', () => {
    const listener = () => {};
    process.on('SIGUSR2', listener);
    return () => process.removeListener('SIGUSR2', listener);
  }],
]; // biome-ignore format: a table

/** What Node keeps for itself, and lets go of by itself. */
export const KEPT: readonly [what: string, use: (url: string) => unknown][] = [
  ['a connection that fetch keeps for the next request', async (url) => (await fetch(url)).text()],
  ['the timer of AbortSignal.timeout', () => AbortSignal.timeout(60_000)],
  ['the channel of structuredClone', () => structuredClone({ a: [1] })],
  ['a file that was read', () => open(__filename).then((file) => file.readFile().finally(() => file.close()))],
  ['a timer that has fired', () => new Promise((resolve) => setTimeout(resolve, 1))],
];
