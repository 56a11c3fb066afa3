// Starts the media hub: `npm start -- /path/to/media`.
import 'reflect-metadata';
import { bootstrap } from 'specter-runtime';
import { databaseFile, environment } from './environment.js';
import { MediaHub } from './media-hub.js';

const env = environment(process.argv.slice(2), process.env);
const options = {
  env,
  storage: { file: databaseFile(env) },
  // Somebody may be in the middle of a film: that is not waited for until its end.
  http: { drainTimeout: 2_000 },
};

try {
  const app = await bootstrap(MediaHub, options);
  const { url } = await app.listen();
  console.log(`Media hub: ${url}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
