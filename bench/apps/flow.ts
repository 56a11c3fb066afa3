// The child whose lines are read, and what a reader tells of it: how long, how much processor time, how much memory at most.
import { ready } from './ready.js';

const [kind = 'short', megabytes = '300'] = process.argv.slice(2);

/** Characters of a line, without its end. */
const LENGTH = { short: 40, long: 400, endless: Number.POSITIVE_INFINITY }[kind] ?? 40;

const SCRIPT = `
const fs = require('node:fs');
const [length, megabytes] = process.argv.slice(1).map(Number);
const line = length === Infinity ? 'x'.repeat(65536) : 'x'.repeat(length) + '\\n';
const chunk = Buffer.from(line.repeat(Math.ceil(65536 / line.length)));
const write = (bytes) => { for (let at = 0; at < bytes.length; ) at += fs.writeSync(1, bytes, at); };
const count = Math.ceil((megabytes * 1e6) / chunk.length);
for (let i = 0; i < count; i++) write(chunk);
if (length === Infinity) write(Buffer.from('\\n'));
`;

export const COMMAND = [process.execPath, '-e', SCRIPT, '--', String(LENGTH), megabytes] as const;

/** @param read - counts the lines until the child has ended */
export async function measure(read: () => Promise<number>): Promise<void> {
  const before = process.memoryUsage.rss();
  const used = process.cpuUsage();
  const begun = performance.now();
  let most = before;
  const watching = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  const lines = await read();
  const took = performance.now() - begun;
  const { user, system } = process.cpuUsage(used);
  clearInterval(watching);
  most = Math.max(most, process.memoryUsage.rss());
  // Whoever measures ends it.
  setInterval(() => {}, 60_000);
  ready({ lines, took, used: (user + system) / 1000, grown: most - before });
}
