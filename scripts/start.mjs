// `npm start -- <arguments>`: builds the package and the main sample, then runs the sample in this process,
// so that a signal to this process reaches it and its exit code is this one's. npm stands before it under `npm start`:
// Ctrl-C reaches both, but not every npm and shell passes on a SIGTERM, so a supervisor starts this file with node.
import './build.mjs';
import { compile, run } from './tsc.mjs';

compile('samples/media-hub');
// As a program of its own: esbuild leaves a process running in whoever has imported it.
run('samples/media-hub/scripts/bundle.mjs');
await import('../samples/media-hub/dist/main.js');
