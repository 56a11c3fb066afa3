// The side: how the folder and the disk are, who is here, and what happened last.
import type { LibraryChange } from '../src/hub-events.js';
import type { LibraryState } from '../src/library/library.js';
import type { Person } from '../src/presence/presence-handler.js';
import type { SystemReading } from '../src/system/system-watch.js';
import { byId, make, size } from './dom.js';
import { socket } from './hub.js';

const WORDS = { added: 'New', changed: 'Changed', removed: 'Gone' };
const KEPT = 6;

export function startSide(): void {
  socket.on('library:progress', showProgress);
  socket.on('library:changed', showChanges);
  socket.on('system', showSystem);
  socket.on('presence', showPeople);
  startName();
}

function showProgress({ scanning, files, waiting, unreadable, folder }: LibraryState): void {
  const away = folder !== 'up';
  const parts = [
    away ? 'The folder cannot be read at the moment' : scanning ? 'Looking through the folder' : 'Up to date',
    ...(waiting > 0 ? [`${waiting} to check`] : []),
    ...(unreadable > 0 ? [`${unreadable} unreadable`] : []),
  ];
  byId('scan').textContent = parts.join(' · ');
  byId('scan').dataset.state = folder;
  byId<HTMLProgressElement>('progress').value = files === 0 ? 1 : (files - waiting) / files;
}

function showSystem({ free, total, load }: SystemReading): void {
  byId('disk').textContent = `${size(free)} of ${size(total)} free · load ${load.toFixed(2)}`;
  byId<HTMLMeterElement>('used').value = total === 0 ? 0 : 1 - free / total;
}

function showPeople(people: readonly Person[]): void {
  byId('people').replaceChildren(...people.map(person));
}

function person({ id, name }: Person): HTMLElement {
  const you = id === socket.id ? make('small', {}, '(this tab)') : undefined;
  return make('li', { 'data-letter': name.slice(0, 1).toUpperCase() }, make('span', {}, name), you);
}

function showChanges({ changes }: LibraryChange): void {
  const list = byId('changes');
  list.querySelector('.none')?.remove();
  const lines = changes.map(({ what, path }) => make('li', { title: path }, make('b', {}, WORDS[what]), path));
  list.prepend(...lines.reverse().slice(0, KEPT));
  while (list.children.length > KEPT) list.lastChild?.remove();
}

function startName(): void {
  const input = byId<HTMLInputElement>('name');
  const greet = () => socket.emit('hello', { name: input.value.trim() || guess() });
  input.value = localStorage.getItem('name') ?? '';
  input.placeholder = guess();
  input.addEventListener('change', () => {
    localStorage.setItem('name', input.value.trim());
    greet();
  });
  socket.on('connect', greet);
}

function guess(): string {
  const device = /Android|iPhone|iPad/.test(navigator.userAgent) ? 'Phone' : 'Computer';
  const browser = /Firefox|Edg|Chrome|Safari/.exec(navigator.userAgent)?.[0] ?? 'browser';
  return `${device}, ${browser}`;
}
