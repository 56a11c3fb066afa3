// Stream: events of the bus as an async iteration, with a bound on how many may wait for the reader.
import type { BusData } from './bus.js';
import type { Release } from './clock.js';
import { InvalidArgumentError } from './errors.js';
import { checkOptionKeys } from './option-keys.js';
import type { Owner } from './scope.js';
import { TooSlowError } from './too-slow.js';
import { Values, type ValuesSource } from './values.js';

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
export function streamOf(events: string | readonly string[], options: StreamOptions, listen: Listen): Values<never> {
  checkOptionKeys('bus.stream()', options, ['owner', 'signal', 'limit'] satisfies (keyof StreamOptions)[]);
  const { owner, signal, limit = 1_000 } = options;
  const names = typeof events === 'string' ? [events] : [...new Set(events)];
  if (names.length === 0) throw new InvalidArgumentError('bus.stream()', 'the name of at least one event', events);
  if (!(Number.isInteger(limit) && limit > 0))
    throw new InvalidArgumentError('limit of bus.stream()', 'a whole number of at least 1', limit);
  const told = (event: string, take: (value: never) => void) => (data: unknown) =>
    take((typeof events === 'string' ? data : { event, data }) as never);
  const source: ValuesSource<never> = {
    signals: [],
    subscribe: (take, end) => {
      const releases = names.map((event) => listen(event, told(event, take), end));
      return () => {
        for (const release of releases) release();
      };
    },
    tooSlow: () => new TooSlowError(`bus.stream(${names.map((name) => `"${name}"`).join(', ')})`, limit),
  };
  return new Values<never>(source, { buffer: limit, ...(owner && { owner }), ...(signal && { signal }) });
}
