// The page: joins the list, the player and the side to one socket.
import { byId } from './dom.js';
import { socket } from './hub.js';
import { startLibrary } from './library-view.js';
import { startOverview } from './overview-view.js';
import { play, startPlayer } from './player-view.js';
import { startSide } from './side-view.js';

function connection(state: 'on' | 'off', text: string): void {
  byId('connection').dataset.state = state;
  byId('connection').textContent = text;
}

function startTheme(): void {
  const root = document.documentElement;
  const stored = localStorage.getItem('theme');
  if (stored) root.dataset.theme = stored;
  byId('theme').addEventListener('click', () => {
    const dark = root.dataset.theme
      ? root.dataset.theme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    localStorage.setItem('theme', root.dataset.theme);
  });
}

socket.on('connect', () => connection('on', 'Connected'));
socket.on('disconnect', () => connection('off', 'The hub is away, trying again …'));
socket.on('connect_error', () => connection('off', 'The hub does not answer, trying again …'));

startTheme();
startLibrary(play);
startPlayer();
startOverview();
startSide();
