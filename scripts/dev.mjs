// `npm run dev -- <arguments>`: compiles on every change, and restarts the main sample after a full stop.
import { spawn } from 'node:child_process';
import './build.mjs';
import { compile, root, tscPath } from './tsc.mjs';

compile('samples/media-hub');

const watching = ['-p', '--watch', '--preserveWatchOutput'];
const compiler = (project) => [tscPath, watching[0], project, ...watching.slice(1)];
const sample = ['--watch', '--watch-preserve-output', 'samples/media-hub/dist/main.js', ...process.argv.slice(2)];
const children = [compiler('tsconfig.build.json'), compiler('samples/media-hub'), sample].map((args) =>
  spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }),
);

function stopAll(signal) {
  for (const child of children) child.kill(signal);
}
process.on('SIGINT', () => stopAll('SIGINT'));
process.on('SIGTERM', () => stopAll('SIGTERM'));
for (const child of children) child.on('exit', () => stopAll('SIGTERM'));
