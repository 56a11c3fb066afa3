// Prints what the sign shows, whenever it changes.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './car-park.js';

const app = await bootstrap(AppModule);
const { url } = await app.listen();
console.log(`Ctrl-C stops it. Try: curl ${url}/sign`);
