// The lines of a child through node:readline, as one does it by hand.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { COMMAND, measure } from './flow.js';

await measure(async () => {
  const [command, ...args] = COMMAND;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const reader = createInterface({ input: child.stdout });
  let lines = 0;
  reader.on('line', () => {
    lines += 1;
  });
  await once(reader, 'close');
  return lines;
});
