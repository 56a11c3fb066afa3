// The timeline: when each service started and stopped, how long it waited and worked, and what it all waited for.
import type { Events } from '../kernel/events.js';

/** One service in one direction. */
export interface TimelineEntry {
  readonly service: string;
  /** Milliseconds from the beginning until its own turn came. */
  readonly waited: number;
  /** Milliseconds that it took itself. */
  readonly worked: number;
  readonly outcome: 'done' | 'failed' | 'running';
}

/** All services in one direction. */
export interface TimelinePhase {
  /** Milliseconds from the first beginning to the last end. */
  readonly total: number;
  readonly entries: readonly TimelineEntry[];
  /** The chain that made it take so long, first to last. */
  readonly criticalPath: readonly string[];
}

/** The start and the stop of an application, as data and as text. */
export interface TimelineReport {
  readonly start: TimelinePhase;
  readonly stop: TimelinePhase;
  /** One line a service. @param phase - only this one; default both */
  toText(phase?: 'start' | 'stop'): string;
}

/** Who comes before whom, by name. */
export type Order = (service: string) => readonly string[];

interface Span {
  readonly begun: number;
  ended: number | undefined;
  failed: boolean;
}

type Spans = Map<string, Span>;

/** Listens to events and remembers when they came, in real time: of the first start, and of the last stop. */
export class Timeline {
  readonly #starts: Spans = new Map();
  readonly #stops: Spans = new Map();

  /** @param knows - whether a name is one of the application's own; children come and go without number */
  constructor(events: Events, knows: (service: string) => boolean) {
    const spansOf = (spans: Spans, service: string) => (knows(service) ? spans : new Map());
    events.on('starting', ({ service }) => this.#starts.has(service) || begin(spansOf(this.#starts, service), service));
    events.on('started', ({ service }) => end(this.#starts, service, false));
    events.on('start-failed', ({ service }) => end(this.#starts, service, true));
    events.on('stopping', ({ service }) => begin(spansOf(this.#stops, service), service));
    events.on('stopped', ({ service, failures }) => end(this.#stops, service, failures.length > 0));
  }

  /** What is known by now. @param needs - whom a service starts after; @param neededBy - whom it stops after */
  report(needs: Order, neededBy: Order): TimelineReport {
    const start = phaseOf(this.#starts, needs);
    const stop = phaseOf(this.#stops, neededBy);
    const texts = { start: textOf('start', start), stop: textOf('stop', stop) };
    return { start, stop, toText: (phase) => (phase ? texts[phase] : [...texts.start, ...texts.stop]).join('\n') };
  }
}

function begin(spans: Spans, service: string): void {
  spans.set(service, { begun: performance.now(), ended: undefined, failed: false });
}

function end(spans: Spans, service: string, failed: boolean): void {
  const span = spans.get(service);
  if (!span || span.ended !== undefined) return;
  span.ended = performance.now();
  span.failed = failed;
}

function phaseOf(spans: Spans, before: Order): TimelinePhase {
  const now = performance.now();
  const all = [...spans.values()];
  const first = all.reduce((least, { begun }) => Math.min(least, begun), Number.POSITIVE_INFINITY);
  const last = all.reduce((most, { ended = now }) => Math.max(most, ended), Number.NEGATIVE_INFINITY);
  const entries = [...spans].map(([service, { begun, ended, failed }]) => ({
    service,
    waited: begun - first,
    worked: (ended ?? now) - begun,
    outcome: ended === undefined ? ('running' as const) : failed ? ('failed' as const) : ('done' as const),
  }));
  return { total: spans.size === 0 ? 0 : last - first, entries, criticalPath: criticalPath(spans, before) };
}

/** From the one that ended last, back over whichever neighbour it waited for the longest. */
function criticalPath(spans: Spans, before: Order): string[] {
  const endOf = (service: string) => spans.get(service)?.ended ?? Number.NEGATIVE_INFINITY;
  const latest = (services: Iterable<string>) =>
    [...services].filter((service) => spans.has(service)).sort((a, b) => endOf(b) - endOf(a))[0];
  const path: string[] = [];
  for (let at = latest(spans.keys()); at !== undefined && !path.includes(at); at = latest(before(at))) path.unshift(at);
  return path;
}

const WIDTH = 40;

function textOf(title: string, { total, entries, criticalPath }: TimelinePhase): string[] {
  if (entries.length === 0) return [];
  const name = Math.max(...entries.map(({ service }) => service.length));
  const scale = WIDTH / Math.max(total, 1);
  const lines = entries.map(({ service, waited, worked, outcome }) => {
    const bar = `${' '.repeat(Math.round(waited * scale))}${'█'.repeat(Math.max(1, Math.round(worked * scale)))}`;
    const mark = criticalPath.includes(service) ? '*' : ' ';
    return `  ${mark} ${service.padEnd(name)} ${bar.padEnd(WIDTH + 1)} ${worked.toFixed(1)} ms${outcome === 'done' ? '' : ` (${outcome})`}`;
  });
  return [`${title}: ${total.toFixed(1)} ms, critical path ${criticalPath.join(' > ')}`, ...lines];
}
