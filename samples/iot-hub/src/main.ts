// Starts the hub: `npm run iot-hub`, or `npm run iot-hub -- 20` for twenty devices.
import 'reflect-metadata';
import { bootstrap } from 'specter-runtime';
import { IotHub } from './iot-hub.js';
import { Screen } from './screen/screen.js';
import { ScreenLog } from './screen/screen-log.js';

const [devices] = process.argv.slice(2);
const env = { ...process.env, ...(devices === undefined ? {} : { IOT_DEVICES: devices }) };
const log = new ScreenLog();
// Where nobody is looking, the log has a line of JSON for each event, as always.
const logger = process.stdout.isTTY ? { logger: log } : {};

try {
  const app = await bootstrap(IotHub, { env, ...logger });
  const { url } = await app.listen();
  console.log(`IoT hub: ${url}`);
  app.get(Screen).show(app, log);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
