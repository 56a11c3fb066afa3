// Stream: events of the bus as an async iteration, with a bound on how many may wait for the reader.
import type { BusData } from './bus.js';
import type { Release } from './clock.js';
import { InvalidArgumentError } from './errors.js';
import { homeOf } from './home.js';
import type { Owner } from './scope.js';
import { TooSlowError } from './too-slow.js';
import { Values } from './values.js';

export interface StreamOptions {
  /** Ends the stream when it stops. */
  readonly owner?: Owner;
  /** Ends the stream when it is aborted. */
  readonly signal?: AbortSignal;
  /** How many events may wait for the reader. @default 1,000 */
  readonly limit?: number;
}

/** One of several events: its name, and what it carries. */
export type BusEvent<E extends string> = { [N in E]: { readonly event: N; readonly data: BusData<N> } }[E];

type Listen = (event: string, fn: (data: unknown) => void, end: () => void) => Release;

/** Reads the events that `listen` listens to. */
export function streamOf(
  events: string | readonly string[],
  { owner, signal, limit = 1_000 }: StreamOptions,
  listen: Listen,
): Values<never> {
  const names = typeof events === 'string' ? [events] : [...new Set(events)];
  if (names.length === 0) throw new InvalidArgumentError('bus.stream()', 'the name of at least one event', events);
  if (!(Number.isInteger(limit) && limit > 0))
    throw new InvalidArgumentError('limit of bus.stream()', 'a whole number of at least 1', limit);
  const home = owner && homeOf(owner);
  const begin = (take: (value: never) => void, end: () => void) => {
    const told = (event: string) => (data: unknown) =>
      take((typeof events === 'string' ? data : { event, data }) as never);
    const releases = names.map((event) => listen(event, told(event), end));
    if (owner && !home) releases.push(owner.addCleanup(end));
    return () => {
      for (const release of releases) release();
    };
  };
  return new Values<never>(begin, {
    signals: [home?.scope.signal, signal],
    limit,
    tooSlow: () => new TooSlowError(`bus.stream(${names.map((name) => `"${name}"`).join(', ')})`, limit),
  });
}
