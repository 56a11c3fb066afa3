// The timeline: when each service started and stopped, how long it waited and worked, and what it all waited for.
import type { Events } from '../kernel/events.js';
import { timelineSvg } from './timeline-svg.js';
import { type TimelineTextOptions, timelineText } from './timeline-text.js';

/** One service in one direction. */
export interface TimelineEntry {
  readonly service: string;
  /** `service`, `controller`, ...; undefined when it is not known. */
  readonly role?: string | undefined;
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
  /** Milliseconds that it would have taken one after another. */
  readonly sum: number;
  /** Milliseconds that the critical path worked. A `total` beyond it was spent between: others kept the process busy. */
  readonly longestPath: number;
  readonly entries: readonly TimelineEntry[];
  /** The chain that made it take so long, first to last. */
  readonly criticalPath: readonly string[];
}

/** The start and the stop of an application, as data and as pictures. */
export interface TimelineReport {
  readonly start: TimelinePhase;
  readonly stop: TimelinePhase;
  /**
   * A waterfall of characters: one line a service, the critical path marked.
   *
   * @param phase - only this one; default both
   * @param options - `columns` (80) and `colour` (false): whoever prints knows whether to a terminal
   * @example
   * const { isTTY, columns } = process.stdout;
   * console.log(app.timeline().toText('start', { columns, colour: isTTY && !process.env.NO_COLOR }));
   */
  toText(phase?: 'start' | 'stop', options?: TimelineTextOptions): string;
  /**
   * The same as an SVG that needs nothing else, light or dark as its reader has it.
   *
   * @param phase - only this one; default both
   * @example
   * import { writeFile } from 'node:fs/promises';
   * await writeFile('boot.svg', app.timeline().toSvg('start'));
   */
  toSvg(phase?: 'start' | 'stop'): string;
}

/** Who comes before whom, by name. */
export type Order = (service: string) => readonly string[];

type RoleOf = (service: string) => string | undefined;

/** One direction with its name. */
export interface NamedPhase extends TimelinePhase {
  readonly name: 'start' | 'stop';
}

/** When one service began and ended, on any clock. */
export interface Span {
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

  /**
   * What is known by now.
   *
   * @param needs - whom a service starts after
   * @param neededBy - whom it stops after
   * @param roleOf - for the legend
   */
  report(needs: Order, neededBy: Order, roleOf: RoleOf = () => undefined): TimelineReport {
    const now = performance.now();
    return reportOf(phaseOf(this.#starts, needs, { roleOf, now }), phaseOf(this.#stops, neededBy, { roleOf, now }));
  }
}

/** The two directions with their pictures. */
export function reportOf(start: TimelinePhase, stop: TimelinePhase): TimelineReport {
  const chosen = (phase: 'start' | 'stop' | undefined) =>
    [{ name: 'start', ...start } as const, { name: 'stop', ...stop } as const].filter(
      ({ name, entries }) => entries.length > 0 && (phase === undefined || phase === name),
    );
  return {
    start,
    stop,
    toText: (phase, options) =>
      chosen(phase)
        .map((one) => timelineText(one, options))
        .join('\n\n'),
    toSvg: (phase) => timelineSvg(chosen(phase)),
  };
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

/** One direction, from when each began and ended; what has not ended goes on until `now`. */
export function phaseOf(
  spans: ReadonlyMap<string, Readonly<Span>>,
  before: Order,
  { roleOf, now }: { readonly roleOf: RoleOf; readonly now: number },
): TimelinePhase {
  const all = [...spans.values()];
  const first = all.reduce((least, { begun }) => Math.min(least, begun), Number.POSITIVE_INFINITY);
  const last = all.reduce((most, { ended = now }) => Math.max(most, ended), Number.NEGATIVE_INFINITY);
  const entries = [...spans].map(([service, { begun, ended, failed }]) => ({
    service,
    role: roleOf(service),
    waited: begun - first,
    worked: (ended ?? now) - begun,
    outcome: ended === undefined ? ('running' as const) : failed ? ('failed' as const) : ('done' as const),
  }));
  const total = spans.size === 0 ? 0 : last - first;
  return { total, ...worksOf(entries, criticalPath(spans, before)) };
}

function worksOf(entries: readonly TimelineEntry[], criticalPath: readonly string[]): Omit<TimelinePhase, 'total'> {
  const work = (some: readonly TimelineEntry[]) => some.reduce((sum, { worked }) => sum + worked, 0);
  const path = new Set(criticalPath);
  return {
    sum: work(entries),
    longestPath: work(entries.filter(({ service }) => path.has(service))),
    entries,
    criticalPath,
  };
}

/** From the one that ended last, or has not ended yet, back over whichever neighbour it waited for the longest. */
function criticalPath(spans: ReadonlyMap<string, Readonly<Span>>, before: Order): string[] {
  const endOf = (service: string) => spans.get(service)?.ended ?? Number.POSITIVE_INFINITY;
  const latest = (services: Iterable<string>) =>
    [...services].filter((service) => spans.has(service)).sort((a, b) => endOf(b) - endOf(a))[0];
  const path: string[] = [];
  for (let at = latest(spans.keys()); at !== undefined && !path.includes(at); at = latest(before(at))) path.unshift(at);
  return path;
}
