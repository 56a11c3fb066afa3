// Draws the graph, and when each service waited and worked: at the start, and at the stop.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './home.js';

const app = await bootstrap(AppModule, { logger: false });
console.log(app.graph().toMermaid());
console.log(app.timeline().toText('start'));
console.log('Ctrl-C stops it');

await app.closed;
console.log(app.timeline().toText('stop'));
