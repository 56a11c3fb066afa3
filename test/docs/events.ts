// The events that the sources emit, and the level at which each is logged.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actionWordings } from '../../src/actions/events.js';
import { applicationWordings } from '../../src/app/events.js';
import { httpWordings } from '../../src/http/events.js';
import { Events, type LifecycleEvent } from '../../src/kernel/events.js';
import { systemdWordings } from '../../src/observability/events.js';
import { processWordings } from '../../src/process/events.js';
import { socketWordings } from '../../src/sockets/events.js';
import { storageWordings } from '../../src/storage/events.js';
import { ROOT } from './markdown.js';

/** Every source file with its text. */
export function sources(): { readonly file: string; readonly text: string }[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(join(ROOT, 'src', file), 'utf8') }));
}

const MAP = /interface LifecycleEventMap \{\n([\s\S]*?)\n {0,2}\}/g;

/** The types of events that somebody emits, by the maps that declare them. */
export function eventTypes(): string[] {
  const all = sources();
  const maps = all.flatMap(({ text }) => [...text.matchAll(MAP)].map(([, body = '']) => body));
  const types = maps.flatMap((body) => [...body.matchAll(/^\s+'?([a-z][a-z-]*)'?: /gm)].map(([, type = '']) => type));
  const elsewhere = all.filter(({ file }) => !file.endsWith('events.ts')).map(({ text }) => text);
  return types.filter((type) => elsewhere.some((text) => text.includes(`'${type}'`))).sort();
}

const LISTS: ReadonlySet<unknown> = new Set(['failures', 'services', 'requests', 'pids']);

/** Stands for what an event carries, whatever a sentence asks for. */
const anything = new Proxy({}, { get: (_, key) => (LISTS.has(key) ? [] : '') });

/** The level at which an event is logged. */
export function levelOf(type: string): string {
  const events = new Events();
  events.word(httpWordings);
  events.word(socketWordings);
  events.word(actionWordings);
  events.word(storageWordings);
  events.word(processWordings);
  events.word(systemdWordings);
  events.word(applicationWordings('debug'));
  const event = Object.create(anything, { type: { value: type } }) as LifecycleEvent;
  return events.wordingOf(event).level;
}
