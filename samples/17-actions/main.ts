// The server.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './films.js';

const app = await bootstrap(AppModule);
const { url } = await app.listen();
console.log(`Ctrl-C stops it. In another terminal: node --import tsx samples/17-actions/program.ts ${url}`);
