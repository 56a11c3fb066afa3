// Starts with a folder that is there, and fails with one that is not: the first argument.
import { bootstrap } from 'specter-runtime';
import { AppModule } from './archive.js';

await bootstrap(AppModule); // a rejection that nobody catches ends the process with exit code 1
console.log('The archive is open; Ctrl-C closes it');
