// Print a page, and press Ctrl-C while it is printed. Then jam the printer, and press it again.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './print-shop.js';

const app = await bootstrap(AppModule, { http: { drainTimeout: 8000 } });
const { url } = await app.listen();
console.log(`Ctrl-C stops it. Try: curl -X POST ${url}/printer/page`);
