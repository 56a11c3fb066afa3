// Rings every three seconds, on every channel.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './house.js';

await bootstrap(AppModule, { logger: false });
console.log('Waiting for somebody; Ctrl-C stops it');
