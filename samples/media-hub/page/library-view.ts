// The list of files: searched, filtered, paged, and read again whenever the folder has changed.
import { byId, make, notice } from './dom.js';
import { ask, type List, type ListedItem, socket } from './hub.js';
import { row, showFacts } from './row-view.js';

const PAGE_SIZE = 25;

let page = 1;
let shown: readonly ListedItem[] = [];
let playingId: string | undefined;
let play: (item: ListedItem) => void = () => {};
let reading: AbortController | undefined;
let waiting: ReturnType<typeof setTimeout> | undefined;

/** Starts the list. `onPlay` is called with the item that somebody chose. */
export function startLibrary(onPlay: (item: ListedItem) => void): void {
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
export function following({ id, kind }: Pick<ListedItem, 'id' | 'kind'>): ListedItem | undefined {
  const at = shown.findIndex((item) => item.id === id);
  return at < 0 ? undefined : shown.slice(at + 1).find((item) => item.kind === kind);
}

/** Marks what is playing. */
export function markPlaying(id: string | undefined): void {
  playingId = id;
  for (const row of byId('items').querySelectorAll<HTMLElement>('.item'))
    row.dataset.now = String(row.dataset.id === id);
}

function turn(by: number): void {
  page += by;
  read().then(() => byId('items').focus());
}

/** However much happens, the list is read twice a second at most. */
function readSoon(): void {
  if (waiting !== undefined) return;
  waiting = setTimeout(() => {
    waiting = undefined;
    read();
  }, 500);
}

/** Only the answer to the latest question is shown. */
async function read(): Promise<void> {
  reading?.abort();
  const { signal } = (reading = new AbortController());
  try {
    show(await ask<List>(`/library?${query()}`, { signal }));
    await showFacts(shown, signal);
  } catch (error) {
    if (!signal.aborted) notice(error);
  }
}

function query(): URLSearchParams {
  const { search, kind, sort } = Object.fromEntries(new FormData(byId<HTMLFormElement>('search')));
  const wanted = new URLSearchParams({ page: String(page), size: String(PAGE_SIZE), sort: String(sort) });
  if (String(search).trim()) wanted.set('search', String(search).trim());
  if (kind) wanted.set('kind', String(kind));
  return wanted;
}

function show({ items, total, pages }: List): void {
  shown = items;
  byId('items').replaceChildren(
    ...(items.length > 0
      ? items.map((item) => row(item, { playing: item.id === playingId, play }))
      : [make('li', { class: 'empty' }, 'Nothing here fits.')]),
  );
  byId('count').textContent = total === 1 ? '1 file' : `${total} files`;
  byId('page').textContent = `Page ${page} of ${pages}`;
  byId('pages').hidden = pages < 2;
  byId<HTMLButtonElement>('previous').disabled = page <= 1;
  byId<HTMLButtonElement>('next').disabled = page >= pages;
  if (page > pages && pages > 0) {
    page = pages;
    read();
  }
}
