// A parent as PID 1 is in a container: runs a program of this folder, passes every signal on, and ends with its code.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const [file = '', ...args] = process.argv.slice(2);
const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.stdout.write(`the child ended with ${code ?? signal}\n`);
  process.exit(code ?? 1);
});
