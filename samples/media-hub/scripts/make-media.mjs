// `node scripts/make-media.mjs`: writes the sample files in media/. All of them are computed here, so nobody owns them (CC0).
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';

const media = join(import.meta.dirname, '..', 'media');
const RATE = 16_000;

const melodies = {
  'Music/Evening/01 Lantern.wav': { beat: 0.36, notes: 'A4 C5 E5 A5 G5 E5 C5 E5 F4 A4 C5 F5 E5 C5 A4 -', tail: 1.4 },
  'Music/Evening/02 Harbour lights.wav': { beat: 0.42, notes: 'D4 F4 A4 D5 C5 A4 F4 - G4 B4 D5 G5 F5 D5', tail: 1.3 },
  'Music/Morning/01 First coffee.wav': {
    beat: 0.24,
    notes: 'C5 E5 G5 C6 B5 G5 E5 G5 A5 F5 D5 F5 E5 C5 D5 B4 C5 - G5 C5',
    tail: 1,
  },
  'Sounds/Doorbell.wav': { beat: 0.55, notes: 'E5 C5', tail: 1.2 },
  'Sounds/Kitchen timer.wav': { beat: 0.12, notes: 'A6 - A6 - A6 - - - A6 - A6 - A6 - - -', tail: 0.4 },
};

const SEMITONES = { C: -9, D: -7, E: -5, F: -4, G: -2, A: 0, B: 2 };

function frequency(note) {
  return 440 * 2 ** ((SEMITONES[note[0]] + 12 * (Number(note[1]) - 4)) / 12);
}

/** A plucked tone: four partials that fade, the higher the sooner. */
function tone(hertz, seconds) {
  const partials = [1, 0.45, 0.22, 0.1];
  const strength = partials.map(
    (level, k) => level * Math.exp(-seconds * (2.2 + 1.6 * k)) * Math.sin(2 * Math.PI * hertz * (k + 1) * seconds),
  );
  return Math.min(1, seconds * 120) * strength.reduce((sum, part) => sum + part, 0);
}

function melody({ beat, notes, tail }) {
  const list = notes.split(' ');
  const samples = new Float64Array(Math.round((list.length * beat + tail) * RATE));
  for (const [index, note] of list.entries()) {
    if (note === '-') continue;
    const begin = Math.round(index * beat * RATE);
    const hertz = frequency(note);
    for (let at = begin; at < samples.length; at++) samples[at] += tone(hertz, (at - begin) / RATE);
  }
  return fadeOut(samples, 0.3);
}

function fadeOut(samples, seconds) {
  const length = Math.round(seconds * RATE);
  for (let left = 0; left < length; left++) samples[samples.length - 1 - left] *= left / length;
  return samples;
}

function wav(samples) {
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length * 2, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length * 2, 40);
  const data = Buffer.alloc(samples.length * 2);
  for (const [at, sample] of samples.entries()) data.writeInt16LE(Math.round((sample / loudest) * 29_000), at * 2);
  return Buffer.concat([header, data]);
}

const hash = (x, y) => Math.abs(Math.sin(x * 127.1 + y * 311.7) * 43_758.5453) % 1;
const mix = (a, b, share) => a.map((from, channel) => from + (b[channel] - from) * share);

/** A night sky over hills: stars, a moon, three ridges. */
function nightSky(x, y, { width, height }) {
  const ridges = [0.72, 0.8, 0.88].map(
    (base, k) => base + 0.05 * Math.sin((x / width) * (5 + 3 * k) + k) + 0.02 * Math.sin((x / width) * 19 + 5 * k),
  );
  const ridge = ridges.findLastIndex((level) => y / height > level);
  if (ridge >= 0)
    return [
      [38, 44, 84],
      [24, 29, 60],
      [12, 15, 36],
    ][ridge];
  const sky = mix([10, 14, 40], [78, 66, 120], (y / height) ** 1.6);
  const moon = Math.hypot(x - width * 0.72, y - height * 0.26) / (height * 0.09);
  if (moon < 1) return mix([252, 246, 222], [226, 214, 184], hash(x >> 3, y >> 3) * 0.5);
  const glow = mix(sky, [250, 240, 210], Math.max(0, 0.45 - moon * 0.12));
  return hash(x, y) > 0.9985 ? mix(glow, [255, 255, 255], 0.85) : glow;
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc(bytes) {
  let c = -1;
  for (const byte of bytes) c = CRC_TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ -1) >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc(body), body.length + 4);
  return framed;
}

function png(width, height, colour) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Array.from({ length: height }, (_, y) => {
    const pixels = Array.from({ length: width }, (_, x) => colour(x, y, { width, height }).map(Math.round));
    return Buffer.from([0, ...pixels.flat()]);
  });
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const image = chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 }));
  return Buffer.concat([signature, chunk('IHDR', head), image, chunk('IEND', Buffer.alloc(0))]);
}

/** A picture of layers: one wavy band over the other. */
function bands(title, colours) {
  const layers = colours.slice(1).map((colour, k) => {
    const y = 150 + k * 75;
    const wave = Array.from({ length: 9 }, (_, i) => `${i * 100},${y + Math.round(34 * Math.sin(i * 1.1 + k * 1.7))}`);
    return `  <polygon fill="${colour}" points="0,500 ${wave.join(' ')} 800,500"/>`;
  });
  const sun = '  <circle cx="590" cy="120" r="52" fill="#fff3d6" opacity="0.9"/>';
  const root = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 500" role="img" aria-label="${title}">`;
  return `${[root, `  <rect width="800" height="500" fill="${colours[0]}"/>`, sun, ...layers, '</svg>'].join('\n')}\n`;
}

const pictures = {
  'Pictures/Night sky.png': png(480, 300, nightSky),
  'Pictures/Hills at dusk.svg': bands('Hills at dusk', ['#f4a672', '#d9785b', '#a8556a', '#6b4373', '#352b56']),
  'Pictures/Sea in the morning.svg': bands('Sea in the morning', [
    '#cfe8ef',
    '#8fc7d6',
    '#5aa5bf',
    '#2f7f9f',
    '#175a78',
  ]),
};

const texts = {
  'Playlists/Evening.m3u': '#EXTM3U\n../Music/Evening/01 Lantern.wav\n../Music/Evening/02 Harbour lights.wav\n',
  'About these files.txt':
    'Every file in this folder was computed by scripts/make-media.mjs.\nNobody owns them (CC0): copy them, change them, play them.\n',
};

const sounds = Object.fromEntries(Object.entries(melodies).map(([path, score]) => [path, wav(melody(score))]));
for (const [path, content] of Object.entries({ ...sounds, ...pictures, ...texts })) {
  const file = join(media, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(`${String(content.length).padStart(8)}  ${path}`);
}
