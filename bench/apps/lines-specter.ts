// The lines of a child through watchStream.
import { createProcess } from 'specter-runtime';
import { COMMAND, measure } from './flow.js';

await measure(async () => {
  const [command, ...args] = COMMAND;
  const child = createProcess('flow', command, args);
  let lines = 0;
  child.watchStream('stdout', () => {
    lines += 1;
  });
  await child.start();
  await child.wait();
  return lines;
});
