// Waters a garden that is made up; the interesting part is garden.test.ts.
import { bootstrap } from 'specter-runtime';
import { AppModule, Gardener } from './garden.js';

const app = await bootstrap(AppModule);
app.get(Gardener).subscribe(({ dry, watering }) => console.log({ dry, watering }));
console.log('Looks at the soil every ten seconds; Ctrl-C stops it');
