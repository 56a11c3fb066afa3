// KnownDevices: which devices there are. A real hub would read them from a file, or find them in the air.
import { Service } from 'specter-runtime';
import type { Mood } from '../device/mood.js';
import { HubConfig } from '../hub-config.js';
import { type Facts, KINDS } from './facts.js';

const ROOMS = ['hall', 'kitchen', 'office', 'cellar', 'greenhouse'];
/** Of eight devices, three cause trouble. */
const MIXED: readonly Mood[] = ['steady', 'steady', 'flapping', 'steady', 'steady', 'hanging', 'steady', 'dying'];

@Service()
export class KnownDevices {
  readonly all: readonly Facts[];

  constructor({ devices, moods }: HubConfig) {
    this.all = Array.from({ length: devices }, (_, i) => factsOf(i, moods === 'mixed' ? MIXED : ['steady']));
  }
}

function factsOf(i: number, moods: readonly Mood[]): Facts {
  const kind = at(KINDS, i);
  return { id: `${kind}-${1 + Math.floor(i / KINDS.length)}`, kind, room: at(ROOMS, i), mood: at(moods, i) };
}

function at<T>(list: readonly T[], i: number): T {
  return list[i % list.length] as T;
}
