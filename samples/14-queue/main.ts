// Takes pictures over HTTP, and shows what becomes of them.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './thumbs.js';

const app = await bootstrap(AppModule);
const { url } = await app.listen();
console.log(`Ctrl-C stops it. Try: curl ${url}/thumbs --json '{"file":"cat.jpg","width":200}'`);
