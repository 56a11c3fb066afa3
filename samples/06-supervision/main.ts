// Pull the cable with curl, and watch who goes, who stays and who comes back.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './radio.js';

const app = await bootstrap(AppModule);
const { url } = await app.listen();
console.log(`Ctrl-C stops it. Try: curl -X POST ${url}/cable/pull; curl -i ${url}/radio`);
