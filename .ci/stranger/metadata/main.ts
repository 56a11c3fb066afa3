import { bootstrap } from 'specter-runtime';
import { AppModule } from './app.js';

const app = await bootstrap(AppModule);
const { url } = await app.listen(0);
console.log(`the stranger answers at ${url}`);
