// The way to the hub: one socket for what happens and for actions, fetch for lists. All of it has the types of the hub itself.
import { io, type Socket } from 'socket.io-client';
import { type ActionsOf, createClient, type Jsonify, type Outcome } from 'specter-runtime/client';
import type { LibraryChange } from '../src/hub-events.js';
import type { Item } from '../src/library/item.js';
import type { LibraryState } from '../src/library/library.js';
import type { LibraryController } from '../src/library/library-controller.js';
import type { OverviewController } from '../src/overview/overview-controller.js';
import type { PlaybackController } from '../src/playback/playback-controller.js';
import type { Person } from '../src/presence/presence-handler.js';
import type { SystemReading } from '../src/system/system-watch.js';

/** What the hub tells without being asked. */
interface Told {
  'library:changed'(change: LibraryChange): void;
  'library:checked'(): void;
  'library:progress'(state: LibraryState): void;
  presence(people: Person[]): void;
  system(reading: SystemReading): void;
}

/** What a page says without waiting for an answer. */
interface Said {
  hello(hello: { name: string }): void;
}

/** An item, and a list of them, after their journey: dates are strings. */
export type ListedItem = Jsonify<Item>;
export type List = Jsonify<ReturnType<LibraryController['list']>>;

type Actions = ActionsOf<{ playback: typeof PlaybackController; overview: typeof OverviewController }>;

const anySocket: Socket = io({ transports: ['websocket'] });

export const socket: Socket<Told, Said> = anySocket;

/** Calls actions. What is under way when the connection breaks is asked again once it is back; the hub does it once. */
export const client = createClient<Actions>(location.origin, { socket: anySocket, timeout: 5_000 });

/** The value of an action. @throws why it was refused, for people */
export async function answerOf<T>(calling: Promise<Outcome<T>>): Promise<T> {
  const outcome = await calling.catch(() => {
    throw new Error('The hub does not answer.');
  });
  if (outcome.ok) return outcome.value;
  throw new Error(outcome.error.detail ?? outcome.error.title);
}

/** Asks the hub for JSON. */
export async function ask<T>(path: string, options?: RequestInit): Promise<T> {
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.title);
  return answer;
}

export const fileOf = ({ id }: { id: string }) => `/library/${id}/file`;
