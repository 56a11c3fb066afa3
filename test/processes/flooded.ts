// Follows a child that writes so many megabytes on one line, or on both streams, and tells how many bytes of memory it took at most.
import { createProcess } from '../../src/process/managed-process.js';

const [megabytes = '300', how = 'one line', reader = 'watch'] = process.argv.slice(2);

const WRITE = `const fs = require('node:fs'); const chunk = Buffer.alloc(1_000_000, 'x'); if (LINES) for (let i = 99; i < chunk.length; i += 100) chunk[i] = 10;
const write = (fd, bytes) => { for (let at = 0; at < bytes.length; ) try { at += fs.writeSync(fd, bytes, at) } catch (error) { if (error.code !== 'EAGAIN') throw error } };
for (let i = 0; i < COUNT; i++) write(BOTH ? 1 + (i % 2) : 1, chunk); if (!LINES) write(1, Buffer.from('\\nlast'));`;

const code = `const [LINES, BOTH, COUNT] = [${how !== 'one line'}, ${how === 'both'}, ${megabytes}]; ${WRITE}`;
const child = createProcess('flood', process.execPath, ['-e', code]);

let [lines, cut, bytes, most, last] = [0, 0, 0, 0, ''];
const take = (line: string, truncated: boolean) => {
  lines += 1;
  bytes += line.length + 1;
  if (truncated) cut += 1;
  last = line.slice(-10);
};
const look = () => {
  most = Math.max(most, process.memoryUsage().rss);
};

globalThis.gc?.();
const before = process.memoryUsage().rss;
if (reader === 'watch') child.followOutput((line, { truncated }) => take(line, truncated));
if (reader !== 'nobody') child.watchStream('stdout', look, { chunks: 'bytes' });
const reading = reader === 'read' ? readSlowly() : undefined;

/** Slower than any child writes: a turn of the loop for each four lines. */
async function readSlowly(): Promise<void> {
  for await (const line of child.lines('stdout')) {
    take(line, false);
    if (lines % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

await child.start();
await child.wait();
await reading;
look();
process.stdout.write(`result ${JSON.stringify({ lines, cut, bytes, last, grown: most - before })}\n`);
