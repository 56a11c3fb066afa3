// What the hub plays, and where in it: asked when the page connects and whenever the hub says that it has changed.
import type { Outcome } from 'specter-runtime/client';
import type { PlaybackView } from '../src/playback/playback-view.js';
import { notice } from './dom.js';
import { answerOf, client, socket } from './hub.js';

let view: PlaybackView = { item: null, status: 'idle', position: 0, since: 0, now: 0 };
/** Milliseconds by which the hub's clock is ahead of the one here. */
let ahead = 0;
let changed = () => {};
/** Questions are numbered: an answer that a later one has overtaken says nothing new. */
let asked = 0;
let answered = 0;

/** The latest that is known. */
export const playing = () => view;

/** Calls `onChange` after each change. */
export function followPlaying(onChange: () => void): void {
  changed = onChange;
  const read = () => show(client.call('playback.view'));
  socket.on('connect', read);
  client.onRefetch('playback.view', read);
}

/** What can be done from every page; each action answers what plays now. */
export const remote = {
  play: (id: string, position = 0) => show(client.call('playback.play', { id, position })),
  pause: () => show(client.call('playback.pause')),
  seek: (position: number) => show(client.call('playback.seek', { position })),
  stop: () => show(client.call('playback.stop')),
};

/** Seconds from the beginning at this moment, by the hub's clock. */
export function position(): number {
  return view.status === 'playing' ? view.position + (Date.now() + ahead - view.since) / 1000 : view.position;
}

async function show(calling: Promise<Outcome<PlaybackView>>): Promise<void> {
  const number = ++asked;
  const begun = Date.now();
  try {
    const news = await answerOf(calling);
    if (number < answered) return;
    answered = number;
    view = news;
    // The hub answered about half way between the question and now.
    ahead = news.now - (begun + Date.now()) / 2;
    changed();
  } catch (error) {
    notice(error);
  }
}
