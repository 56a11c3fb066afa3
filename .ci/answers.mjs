// node answers.mjs <url> <pid>: waits until the url answers 200, for as long as the process lives and 120 s at most.
import { setTimeout as sleep } from 'node:timers/promises';

const [url, pid] = process.argv.slice(2);
const answers = () =>
  fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    ({ ok }) => ok,
    () => false,
  );
const lives = () => {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
};

for (const end = Date.now() + 120_000; Date.now() < end && lives(); await sleep(100)) {
  if (await answers()) process.exit(0);
}
console.error(`${url} did not answer.`);
process.exit(1);
