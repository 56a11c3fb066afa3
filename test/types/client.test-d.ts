// What the typed client must not let through; the compiler is the test.
import type { ActionsOf, Client } from '../../src/client/index.js';
import type { Lifecycle } from '../../src/kernel/lifecycle.js';
import type { Outcome } from '../../src/kernel/outcome.js';

declare class FilmController {
  add(film: { title: string; year?: number }): { id: number; at: Date };
  list(): Promise<string[]>;
  find(id: number): Promise<Outcome<{ title: string }>>;
  readonly hidden: string;
}

declare class PlayerController extends Lifecycle<{ at: number }> {
  onStart(): void;
  play(at: number): { at: number };
  status(): string;
}

declare class PlainController {
  onStart(): void;
  onStop(): Promise<void>;
  list(): string[];
}

declare const client: Client<ActionsOf<{ film: typeof FilmController }>>;

export async function calls(): Promise<void> {
  const added = await client.call('film.add', { title: 'Metropolis' });
  if (added.ok) {
    const id: number = added.value.id;
    const at: string = added.value.at;
    // @ts-expect-error a date arrives as a string
    const date: Date = added.value.at;
    void [id, at, date];
  }
  const titles: readonly string[] = (await client.call('film.list')).unwrap();
  const title: string = (await client.call('film.find', 1)).unwrap().title;
  void [titles, title];
  // @ts-expect-error no such action
  await client.call('film.remove', 1);
  // @ts-expect-error a property is no action
  await client.call('film.hidden');
  // @ts-expect-error the payload is missing
  await client.call('film.add');
  // @ts-expect-error the payload has the wrong type
  await client.call('film.add', { title: 7 });
  // @ts-expect-error the result has no such member
  (await client.call('film.find', 1)).unwrap().year;
  // @ts-expect-error no such action to refetch
  client.onRefetch('film.nothing', () => {});
}

export async function jobs(): Promise<void> {
  const job = (await client.defer('film.add', { title: 'Metropolis' })).unwrap();
  const at: string = (await job.done({ timeout: 1_000 })).unwrap().at;
  const percent = (told: { percent: number; message?: string }) => told.percent;
  job.onProgress(percent)();
  await client.call('film.find', 1, { onProgress: percent, timeout: 1_000, signal: new AbortController().signal });
  (await client.defer('film.list')).unwrap().cancel();
  void [at, job.id];
  // @ts-expect-error no such action
  await client.defer('film.remove', 1);
  // @ts-expect-error the payload is missing
  await client.defer('film.add');
  // @ts-expect-error the payload has the wrong type
  await client.defer('film.add', { title: 7 });
  // @ts-expect-error a date arrives as a string
  const date: Date = (await job.done()).unwrap().at;
  // @ts-expect-error the result has no such member
  (await job.done()).unwrap().title;
  // @ts-expect-error a handle hears of progress itself
  await client.defer('film.list', undefined, { onProgress: percent });
  void date;
}

declare const player: Client<ActionsOf<{ player: typeof PlayerController; plain: typeof PlainController }>>;
declare const part: Client<ActionsOf<{ player: new () => Omit<PlayerController, 'status'> }>>;

type Offered<T extends object> = keyof ActionsOf<{ it: abstract new () => T }> & string;
type Same<A, B> = [A, B] extends [B, A] ? true : false;

/** What the names in src/client/actions.ts leave out is exactly what there is. */
export const offered: readonly true[] = [
  true satisfies Same<Offered<PlayerController>, 'it.play' | 'it.status'>,
  true satisfies Same<Offered<Lifecycle>, never>,
  true satisfies Same<Offered<{ start(): void; health(): string }>, 'it.start' | 'it.health'>,
];

export async function methodsThatAreNone(): Promise<void> {
  const at: number = (await player.call('player.play', 7)).unwrap().at;
  const titles: readonly string[] = (await player.call('plain.list')).unwrap();
  const again: number = (await part.call('player.play', 7)).unwrap().at;
  void [at, titles, again];
  // @ts-expect-error a method of Lifecycle is no action
  await player.call('player.stop');
  // @ts-expect-error nor is a hook, also where it is public
  await player.call('player.onStart');
  // @ts-expect-error nor one of a class that does not extend Lifecycle
  await player.call('plain.onStop');
  // @ts-expect-error what was left out is not offered
  await part.call('player.status');
}
