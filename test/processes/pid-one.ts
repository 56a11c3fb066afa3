// Runs a program of this folder as PID 1 of a namespace of its own, as in a container; signals go to it alone.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [file = '', ...args] = process.argv.slice(2);
const node = [process.execPath, join(import.meta.dirname, file), ...args];
const child = spawn('unshare', ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', ...node], {
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    const inside = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    process.kill(Number(inside), signal);
  });
}
child.on('exit', (code, signal) => {
  process.stdout.write(`PID 1 ended with ${code ?? signal}\n`);
  process.exit(code ?? 1);
});
