// Answers pages of one other origin too, and logs each request.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './film-controller.js';

const cors = { origins: ['http://localhost:5173'] };
const app = await bootstrap(AppModule, { http: { prefix: '/api', cors, log: true } });
const { url } = await app.listen();
console.log(`Ctrl-C stops it. Try: curl -N ${url}/api/v2/films/news`);
console.log(`and: curl ${url}/api/v2/films --json '{"title":"Alien","year":1979}'`);
