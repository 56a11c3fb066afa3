// Starts the recorder with its camera.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './recorder.js';

const app = await bootstrap(AppModule);
const { url } = await app.listen();
console.log(`Ctrl-C stops it, and the camera with it. Try: curl ${url}/recorder`);
