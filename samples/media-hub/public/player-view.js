// The player: shows what the hub plays, in every tab alike; sound comes only from the tabs that asked for it.
import { byId, notice, time } from './dom.js';
import { call, fileOf, socket } from './hub.js';
import { following, markPlaying } from './library-view.js';

const SHAPES = { play: 'M8 5v14l11-7z', pause: 'M7 5h4v14H7zM13 5h4v14h-4z' };
/** Seconds that a tab may be off before its sound jumps. */
const TOLERANCE = 0.4;

const media = byId('media');
const seek = byId('seek');
let playing = { item: null, status: 'idle', position: 0, since: 0 };
let ahead = 0;
let sound = false;
let dragging = false;

export function startPlayer() {
  socket.on('playback', (news) => {
    ahead = news.now - Date.now();
    playing = news;
    show();
  });
  byId('toggle').addEventListener('click', toggle);
  byId('stop').addEventListener('click', () => act('playback.stop'));
  byId('sound').addEventListener('click', () => setSound(!sound));
  seek.addEventListener('input', () => {
    dragging = true;
    byId('elapsed').textContent = time(seek.value);
  });
  seek.addEventListener('change', () => {
    dragging = false;
    act('playback.seek', { position: Number(seek.value) });
  });
  media.addEventListener('loadedmetadata', show);
  media.addEventListener('ended', next);
  setInterval(tick, 250);
}

/** Plays an item in all tabs, with sound in this one. */
export function play(item) {
  setSound(item.kind !== 'image');
  act('playback.play', { id: item.id });
}

function toggle() {
  if (playing.status === 'playing') return act('playback.pause');
  setSound(true);
  return act('playback.play', { id: playing.item.id, position: atEnd() ? 0 : now() });
}

async function act(action, payload) {
  try {
    await call(action, payload);
  } catch (error) {
    notice(error.message);
  }
}

/** Where the playing is at this moment, in seconds, by the server's time. */
function now() {
  const passed = playing.status === 'playing' ? (Date.now() + ahead - playing.since) / 1000 : 0;
  return Math.max(0, Math.min(playing.position + passed, length() || Number.POSITIVE_INFINITY));
}

function length() {
  return Number.isFinite(media.duration) ? media.duration : 0;
}

function atEnd() {
  return length() > 0 && now() >= length() - 0.05;
}

function show() {
  const { item, status } = playing;
  const moving = status === 'playing' && item?.kind !== 'image';
  byId('player').dataset.status = status;
  byId('title').textContent = item?.name ?? 'Nothing is playing';
  byId('where').textContent = item ? whereOf(item, status) : 'Choose something in the library: it plays in every tab.';
  byId('toggle').disabled = !item || item.kind === 'image';
  byId('toggle').setAttribute('aria-label', moving ? 'Pause' : 'Play');
  byId('toggle-shape').setAttribute('d', moving ? SHAPES.pause : SHAPES.play);
  byId('stop').disabled = !item;
  document.title = item && status === 'playing' ? `${item.name} · Media hub` : 'Media hub';
  markPlaying(item?.id);
  showStage(item);
  tick();
}

function whereOf(item, status) {
  if (item.kind === 'image') return 'On every screen';
  return status === 'playing' ? 'Playing in every tab' : 'Paused';
}

function showStage(item) {
  const picture = byId('picture');
  byId('stage').hidden = item?.kind !== 'image' && item?.kind !== 'video';
  picture.hidden = item?.kind !== 'image';
  media.hidden = item?.kind !== 'video';
  load(picture, item?.kind === 'image' ? item : undefined);
  picture.alt = item?.kind === 'image' ? item.name : '';
  load(media, item && item.kind !== 'image' ? item : undefined);
}

function load(element, item) {
  const source = item ? fileOf(item) : '';
  if (element.getAttribute('src') === (source || null)) return;
  if (source) element.src = source;
  else element.removeAttribute('src');
  if (element === media) media.load();
}

/** Brings the slider and the sound to where they should be. */
function tick() {
  const at = now();
  seek.max = length();
  seek.disabled = length() === 0;
  if (!dragging) {
    seek.value = at;
    byId('elapsed').textContent = time(at);
  }
  seek.setAttribute('aria-valuetext', `${time(at)} of ${time(length())}`);
  byId('duration').textContent = time(length());
  follow(at);
}

function follow(at) {
  if (!media.hasAttribute('src') || media.readyState === 0) return;
  const audible = sound && playing.status === 'playing' && !atEnd();
  if (!audible) {
    if (!media.paused && !media.ended) media.pause();
    return;
  }
  if (Math.abs(media.currentTime - at) > TOLERANCE) media.currentTime = at;
  if (media.paused) media.play().catch(refused);
}

/** Browsers let a page make sound only after somebody has touched it. */
function refused(error) {
  if (error.name !== 'NotAllowedError') return;
  setSound(false);
  notice('This tab may not make sound by itself. Press "Sound here".');
}

function setSound(on) {
  sound = on;
  byId('sound').setAttribute('aria-pressed', String(on));
  byId('sound').textContent = `Sound here: ${on ? 'on' : 'off'}`;
  tick();
}

/** The tab that one hears decides what comes next. */
function next() {
  if (!sound || !playing.item) return;
  const item = following(playing.item);
  act(...(item ? ['playback.play', { id: item.id }] : ['playback.stop']));
}
