// One file of the list. What is in it is asked for when it is shown, and written beside it once that is known.
import type { Facts } from '../src/metadata/facts.js';
import { byId, make, size, time } from './dom.js';
import { client, fileOf, type ListedItem } from './hub.js';

const PLAYABLE = ['audio', 'video', 'image'];
const SIGNS = { audio: '♪', video: '▶', image: '▦', text: '≡', other: '·' };

interface Choice {
  readonly playing: boolean;
  readonly play: (item: ListedItem) => void;
}

export function row(item: ListedItem, { playing, play }: Choice): HTMLElement {
  const playable = PLAYABLE.includes(item.kind) && item.state !== 'unreadable';
  const folder = item.path.includes('/') ? item.path.slice(0, item.path.lastIndexOf('/')) : 'in the folder itself';
  return make(
    'li',
    { class: 'item', 'data-id': item.id, 'data-now': String(playing) },
    cover(item, playable ? play : undefined),
    make('div', {}, make('p', { class: 'name', title: item.path }, item.name), make('p', { class: 'about' }, folder)),
    more(item, playable),
  );
}

/** Rows without facts stay as they are: the files cannot be looked into, or not at the moment. */
export async function showFacts(items: readonly ListedItem[], signal: AbortSignal): Promise<void> {
  const asked = { ids: items.map(({ id }) => id) };
  const facts = await client.call('overview.facts', asked, { signal }).catch(() => undefined);
  if (facts?.ok) for (const [id, found] of Object.entries(facts.value)) showFactsOf(id, found);
}

function showFactsOf(id: string, { seconds, width, height, colour }: Facts): void {
  const shown = byId('items').querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
  if (!shown) return;
  const text = seconds === undefined ? width && `${width} × ${height}` : time(seconds);
  if (text) shown.querySelector('.size')?.before(make('span', { class: 'facts' }, text));
  if (colour) shown.querySelector<HTMLElement>('.cover')?.style.setProperty('background-color', colour);
}

function more(item: ListedItem, playable: boolean): HTMLElement {
  const open =
    playable || item.state === 'unreadable'
      ? undefined
      : make('a', { href: fileOf(item), target: '_blank', rel: 'noopener' }, 'Open');
  const bytes = make('span', { class: 'size' }, size(item.size));
  return make('div', { class: 'more' }, badge(item), open, bytes, date(item.modified));
}

function cover(item: ListedItem, play: Choice['play'] | undefined): HTMLElement {
  const picture =
    item.kind === 'image' && play ? make('img', { src: fileOf(item), alt: '', loading: 'lazy' }) : SIGNS[item.kind];
  if (!play) return make('span', { class: 'cover', 'aria-hidden': 'true' }, picture);
  const verb = item.kind === 'image' ? 'Show' : 'Play';
  return make(
    'button',
    { type: 'button', class: 'cover', 'aria-label': `${verb} ${item.name}`, click: () => play(item) },
    picture,
  );
}

function badge({ state, error, copies }: ListedItem): HTMLElement | undefined {
  if (state === 'unreadable')
    return make('span', { class: 'badge', 'data-state': 'unreadable', title: error }, 'Unreadable');
  if (state === 'waiting') return make('span', { class: 'badge' }, 'Checking …');
  const title = 'The same content is in the library more than once';
  return copies > 1 ? make('span', { class: 'badge', title }, `${copies} copies`) : undefined;
}

function date(modified: string): HTMLElement {
  const day = new Date(modified);
  return make('time', { datetime: day.toISOString() }, day.toLocaleDateString(undefined, { dateStyle: 'medium' }));
}
