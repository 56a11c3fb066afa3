// `npm run iot-hub -- <arguments>`: builds the package and the sample, then runs the sample in this process, as start.mjs does.
import './build.mjs';
import { compile } from './tsc.mjs';

compile('samples/iot-hub');
await import('../samples/iot-hub/dist/main.js');
