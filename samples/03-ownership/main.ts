// Prints who owns what: while it runs, and when it has stopped.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './recorder.js';

const app = await bootstrap(AppModule);
console.log(app.tree().toText());
console.log('Recording; Ctrl-C stops it');

await app.closed;
console.log(app.tree().toText());
