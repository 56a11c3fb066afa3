// A program of its own that calls the server: of it, it knows nothing but the types.
import { type ActionsOf, createClient } from 'specter-runtime/client';
import type { FilmController } from './films.js';

const client = createClient<ActionsOf<{ film: typeof FilmController }>>(process.argv[2] ?? 'http://127.0.0.1:3000');

const { id, addedAt } = (await client.call('film.add', { title: 'Metropolis' })).unwrap();
console.log(`film ${id}, added at ${addedAt.slice(11, 19)}`);

// call() waits for the work of a deferred action.
const onProgress = ({ percent, message }: { percent: number; message?: string }) =>
  console.log(`${percent} %`, message);
const converted = await client.call('film.convert', { id }, { onProgress });
console.log(converted.ok ? converted.value.file : converted.error.detail);

// defer() gives the job to whoever wants to look at it later, or calls it off.
const job = (await client.defer('film.convert', { id })).unwrap();
const outcome = await job.cancel();
console.log(outcome.ok ? outcome.value.file : outcome.error.detail);
