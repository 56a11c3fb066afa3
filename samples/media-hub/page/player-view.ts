// The player: shows what the hub plays, in every tab alike; sound comes only from the tabs that asked for it.
import type { PlaybackView } from '../src/playback/playback-view.js';
import { byId, notice, time } from './dom.js';
import { fileOf, type ListedItem } from './hub.js';
import { following, markPlaying } from './library-view.js';
import { followPlaying, playing, position, remote } from './playing.js';

type Playing = NonNullable<PlaybackView['item']>;

const SHAPES = { play: 'M8 5v14l11-7z', pause: 'M7 5h4v14H7zM13 5h4v14h-4z' };
/** Seconds that a tab may be off before its sound jumps. */
const TOLERANCE = 0.4;

const media = byId<HTMLVideoElement>('media');
const seek = byId<HTMLInputElement>('seek');
let sound = false;
let dragging = false;

export function startPlayer(): void {
  followPlaying(show);
  byId('toggle').addEventListener('click', toggle);
  byId('stop').addEventListener('click', remote.stop);
  byId('sound').addEventListener('click', () => setSound(!sound));
  seek.addEventListener('input', () => {
    dragging = true;
    byId('elapsed').textContent = time(Number(seek.value));
  });
  seek.addEventListener('change', () => {
    dragging = false;
    remote.seek(Number(seek.value));
  });
  media.addEventListener('loadedmetadata', show);
  media.addEventListener('ended', next);
  setInterval(tick, 250);
}

/** Plays an item in all tabs, with sound in this one. */
export function play({ id, kind }: ListedItem): void {
  setSound(kind !== 'image');
  remote.play(id);
}

function toggle(): void {
  const { item, status } = playing();
  if (status === 'playing') return void remote.pause();
  setSound(true);
  if (item) remote.play(item.id, atEnd() ? 0 : now());
}

/** Where the playing is at this moment, in seconds, but not beyond the end. */
function now(): number {
  return Math.max(0, Math.min(position(), length() || Number.POSITIVE_INFINITY));
}

function length(): number {
  return Number.isFinite(media.duration) ? media.duration : 0;
}

function atEnd(): boolean {
  return length() > 0 && now() >= length() - 0.05;
}

function show(): void {
  const { item, status } = playing();
  const moving = status === 'playing' && item?.kind !== 'image';
  byId('player').dataset.status = status;
  byId('title').textContent = item?.name ?? 'Nothing is playing';
  byId('where').textContent = item ? whereOf(item, status) : 'Choose something in the library: it plays in every tab.';
  byId<HTMLButtonElement>('toggle').disabled = !item || item.kind === 'image';
  byId('toggle').setAttribute('aria-label', moving ? 'Pause' : 'Play');
  byId<SVGPathElement>('toggle-shape').setAttribute('d', moving ? SHAPES.pause : SHAPES.play);
  byId<HTMLButtonElement>('stop').disabled = !item;
  document.title = item && status === 'playing' ? `${item.name} · Media hub` : 'Media hub';
  markPlaying(item?.id);
  showStage(item);
  tick();
}

function whereOf({ kind }: Playing, status: PlaybackView['status']): string {
  if (kind === 'image') return 'On every screen';
  return status === 'playing' ? 'Playing in every tab' : 'Paused';
}

function showStage(item: Playing | null): void {
  const picture = byId<HTMLImageElement>('picture');
  byId('stage').hidden = item?.kind !== 'image' && item?.kind !== 'video';
  picture.hidden = item?.kind !== 'image';
  media.hidden = item?.kind !== 'video';
  load(picture, item?.kind === 'image' ? item : undefined);
  picture.alt = item?.kind === 'image' ? item.name : '';
  load(media, item && item.kind !== 'image' ? item : undefined);
}

function load(element: HTMLVideoElement | HTMLImageElement, item: Playing | undefined): void {
  const source = item ? fileOf(item) : '';
  if (element.getAttribute('src') === (source || null)) return;
  if (source) element.src = source;
  else element.removeAttribute('src');
  if (element === media) media.load();
}

/** Brings the slider and the sound to where they should be. */
function tick(): void {
  const at = now();
  seek.max = String(length());
  seek.disabled = length() === 0;
  if (!dragging) {
    seek.value = String(at);
    byId('elapsed').textContent = time(at);
  }
  seek.setAttribute('aria-valuetext', `${time(at)} of ${time(length())}`);
  byId('duration').textContent = time(length());
  follow(at);
}

function follow(at: number): void {
  if (!media.hasAttribute('src') || media.readyState === 0) return;
  const audible = sound && playing().status === 'playing' && !atEnd();
  if (!audible) {
    if (!media.paused && !media.ended) media.pause();
    return;
  }
  if (Math.abs(media.currentTime - at) > TOLERANCE) media.currentTime = at;
  if (media.paused) media.play().catch(refused);
}

/** Browsers let a page make sound only after somebody has touched it. */
function refused(error: DOMException): void {
  if (error.name !== 'NotAllowedError') return;
  setSound(false);
  notice('This tab may not make sound by itself. Press "Sound here".');
}

function setSound(on: boolean): void {
  sound = on;
  byId('sound').setAttribute('aria-pressed', String(on));
  byId('sound').textContent = `Sound here: ${on ? 'on' : 'off'}`;
  tick();
}

/** The tab that one hears decides what comes next. */
function next(): void {
  const { item } = playing();
  if (!sound || !item) return;
  const nextOne = following(item);
  if (nextOne) remote.play(nextOne.id);
  else remote.stop();
}
