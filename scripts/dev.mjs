// `npm run dev -- <arguments>`: runs the main sample, and again after every change that compiles, once it has fully stopped.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'chokidar';
import { root, tscPath } from './tsc.mjs';

const SAMPLE = 'samples/media-hub/dist/main.js';
let sample;
let dirty = false;
let turning = false;
let ended = false;

const options = { cwd: root, stdio: 'inherit' };

async function succeeds(...program) {
  const [code] = await once(spawn(process.execPath, program, options), 'exit');
  return code === 0;
}

async function builds() {
  return (
    (await succeeds(tscPath, '-p', 'tsconfig.build.json')) &&
    (await succeeds(tscPath, '-p', 'samples/media-hub')) &&
    (await succeeds('samples/media-hub/scripts/bundle.mjs'))
  );
}

/** Resolves when the sample has ended; without a signal it has been told by somebody else. */
async function stop(signal) {
  if (!sample || sample.exitCode !== null || sample.signalCode !== null) return;
  if (signal) sample.kill(signal);
  await once(sample, 'exit');
}

/** Compiles and restarts until nothing has changed meanwhile. */
async function turn() {
  if (turning) return;
  for (turning = true; dirty && !ended; ) {
    dirty = false;
    if (!(await builds())) continue;
    await stop('SIGTERM');
    if (!ended) sample = spawn(process.execPath, ['--enable-source-maps', SAMPLE, ...process.argv.slice(2)], options);
  }
  turning = false;
}

function changed() {
  if (dirty) return;
  dirty = true;
  setTimeout(turn, 100);
}

watch(['src', 'samples/media-hub/src', 'samples/media-hub/page'], { cwd: root, ignoreInitial: true }).on(
  'all',
  changed,
);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    ended = true;
    // A terminal has sent Ctrl-C to the sample as well; a second one would cut its stop short.
    await stop(signal === 'SIGINT' && process.stdin.isTTY ? undefined : signal);
    process.exit(0);
  });
}
changed();
