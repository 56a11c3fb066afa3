// `npm start -- <arguments>`: builds the package and the main sample, then runs the sample in this process,
// so that a signal reaches it and its exit code is this one's.
import './build.mjs';
import { compile } from './tsc.mjs';

compile('samples/media-hub');
await import('../samples/media-hub/dist/main.js');
