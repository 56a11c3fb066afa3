// The lines of a child through `for await` and lines().
import { createProcess } from 'specter-runtime';
import { COMMAND, measure } from './flow.js';

await measure(async () => {
  const [command, ...args] = COMMAND;
  const child = createProcess('flow', command, args);
  await child.start();
  let lines = 0;
  for await (const _ of child.lines('stdout')) lines += 1;
  return lines;
});
