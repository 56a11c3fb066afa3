// The list of files: searched, filtered, paged, and read again whenever the folder has changed.
import { byId, make, notice, size } from './dom.js';
import { ask, fileOf, socket } from './hub.js';

const PLAYABLE = ['audio', 'video', 'image'];
const SIGNS = { audio: '♪', video: '▶', image: '▦', text: '≡', other: '·' };
const PAGE_SIZE = 25;

let page = 1;
let shown = [];
let playingId;
let play = () => {};
let reading;
let waiting;

/** Starts the list. `onPlay` is called with the item that somebody chose. */
export function startLibrary(onPlay) {
  play = onPlay;
  const form = byId('search');
  const again = () => {
    page = 1;
    read();
  };
  form.addEventListener('input', again);
  form.addEventListener('submit', (event) => event.preventDefault());
  byId('previous').addEventListener('click', () => turn(-1));
  byId('next').addEventListener('click', () => turn(1));
  socket.on('connect', read);
  socket.on('library:changed', readSoon);
  socket.on('library:checked', readSoon);
}

/** The next thing of the same kind below the item, if there is one. */
export function following(item) {
  const at = shown.findIndex(({ id }) => id === item.id);
  return at < 0 ? undefined : shown.slice(at + 1).find(({ kind }) => kind === item.kind);
}

/** Marks what is playing. */
export function markPlaying(id) {
  playingId = id;
  for (const row of byId('items').querySelectorAll('.item')) row.dataset.now = String(row.dataset.id === id);
}

function turn(by) {
  page += by;
  read().then(() => byId('items').focus());
}

/** However much happens, the list is read twice a second at most. */
function readSoon() {
  if (waiting) return;
  waiting = setTimeout(() => {
    waiting = undefined;
    read();
  }, 500);
}

/** Only the answer to the latest question is shown. */
async function read() {
  const { search, kind, sort } = Object.fromEntries(new FormData(byId('search')));
  const wanted = {
    page,
    size: PAGE_SIZE,
    sort,
    ...(search.trim() && { search: search.trim() }),
    ...(kind && { kind }),
  };
  const query = new URLSearchParams(wanted);
  reading?.abort();
  reading = new AbortController();
  try {
    show(await ask(`/library?${query}`, { signal: reading.signal }));
  } catch (error) {
    if (error.name !== 'AbortError') notice(error.message);
  }
}

function show({ items, total, pages }) {
  shown = items;
  byId('items').replaceChildren(
    ...(items.length > 0 ? items.map(row) : [make('li', { class: 'empty' }, 'Nothing here fits.')]),
  );
  byId('count').textContent = total === 1 ? '1 file' : `${total} files`;
  byId('page').textContent = `Page ${page} of ${pages}`;
  byId('pages').hidden = pages < 2;
  byId('previous').disabled = page <= 1;
  byId('next').disabled = page >= pages;
  if (page > pages && pages > 0) {
    page = pages;
    read();
  }
}

function row(item) {
  const playable = PLAYABLE.includes(item.kind) && item.state !== 'unreadable';
  const folder = item.path.includes('/') ? item.path.slice(0, item.path.lastIndexOf('/')) : 'in the folder itself';
  const text = make(
    'div',
    {},
    make('p', { class: 'name', title: item.path }, item.name),
    make('p', { class: 'about' }, folder),
  );
  const open =
    playable || item.state === 'unreadable'
      ? undefined
      : make('a', { href: fileOf(item), target: '_blank', rel: 'noopener' }, 'Open');
  const more = make(
    'div',
    { class: 'more' },
    badge(item),
    open,
    make('span', { class: 'size' }, size(item.size)),
    date(item.modified),
  );
  return make(
    'li',
    { class: 'item', 'data-id': item.id, 'data-now': String(item.id === playingId) },
    cover(item, playable),
    text,
    more,
  );
}

function cover(item, playable) {
  const picture =
    item.kind === 'image' && playable ? make('img', { src: fileOf(item), alt: '', loading: 'lazy' }) : SIGNS[item.kind];
  if (!playable) return make('span', { class: 'cover', 'aria-hidden': 'true' }, picture);
  const verb = item.kind === 'image' ? 'Show' : 'Play';
  return make(
    'button',
    { type: 'button', class: 'cover', 'aria-label': `${verb} ${item.name}`, click: () => play(item) },
    picture,
  );
}

function badge(item) {
  if (item.state === 'unreadable')
    return make('span', { class: 'badge', 'data-state': 'unreadable', title: item.error }, 'Unreadable');
  if (item.state === 'waiting') return make('span', { class: 'badge' }, 'Checking …');
  return item.copies > 1
    ? make(
        'span',
        { class: 'badge', title: 'The same content is in the library more than once' },
        `${item.copies} copies`,
      )
    : undefined;
}

function date(modified) {
  const day = new Date(modified);
  return make('time', { datetime: day.toISOString() }, day.toLocaleDateString(undefined, { dateStyle: 'medium' }));
}
