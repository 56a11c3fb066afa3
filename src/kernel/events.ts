// What a lifecycle can say happened, as one union that doors extend, and the hub that tells it to listeners.
import { type Clock, type Release, systemClock } from './clock.js';
import { messageOf } from './errors.js';

/**
 * Every event by its type. Doors and applications add theirs by augmenting this interface.
 *
 * `service` is the name of whom the event is about.
 */
export interface LifecycleEventMap {
  starting: { service: string };
  started: { service: string; duration: number };
  'start-failed': { service: string; duration: number; error: Error };
  stopping: { service: string };
  stopped: { service: string; duration: number; failures: readonly Error[] };
  'rolling-back': { service: string; error: Error; services: readonly string[] };
  failed: { service: string; error: Error };
  'release-failed': { service: string; error: Error };
  'task-failed': { service: string; task: string; error: Error };
  'timer-failed': { service: string; timer: string; error: Error };
  'listener-failed': { service: string; event: string; error: Error };
  'slow-listener': { service: string; event: string; duration: number };
  'watch-failed': { service: string; error: Error; retryIn: number };
}

export type LifecycleEventType = keyof LifecycleEventMap;

/** One thing that happened: its `type`, when (`at`, wall time of the application's clock), and what belongs to it. */
export type LifecycleEvent<T extends LifecycleEventType = LifecycleEventType> = {
  [K in T]: { readonly type: K; readonly at: number } & Readonly<LifecycleEventMap[K]>;
}[T];

/** How important an event is to whoever reads the log. */
export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** How one type of event reads in a log. */
export interface Wording<T extends LifecycleEventType> {
  readonly level: Level;
  readonly sentence: (event: LifecycleEvent<T>) => string;
}

/** The wording of several types; whoever adds types must word each of them, or it does not compile. */
export type Wordings<T extends LifecycleEventType> = { readonly [K in T]: Wording<K> };

type KernelEvent =
  | 'starting' | 'started' | 'start-failed' | 'stopping' | 'stopped' | 'rolling-back' | 'failed' | 'release-failed'
  | 'task-failed' | 'timer-failed' | 'listener-failed' | 'slow-listener' | 'watch-failed'; // biome-ignore format: a list

const kernelWordings: Wordings<KernelEvent> = {
  starting: { level: 'debug', sentence: (e) => `${e.service} is starting` },
  started: { level: 'info', sentence: (e) => `${e.service} started in ${round(e.duration)} ms` },
  'start-failed': { level: 'error', sentence: (e) => `${e.service} failed to start: ${messageOf(e.error)}` },
  stopping: { level: 'debug', sentence: (e) => `${e.service} is stopping` },
  stopped: { level: 'info', sentence: (e) => `${e.service} stopped in ${round(e.duration)} ms${plural(e.failures)}` },
  'rolling-back': {
    level: 'error',
    sentence: (e) => `${e.service} failed, rolling back: ${e.services.join(', ') || 'nothing had started'}`,
  },
  failed: { level: 'error', sentence: (e) => `${e.service} failed: ${messageOf(e.error)}` },
  'release-failed': { level: 'error', sentence: (e) => `${e.service}: ${messageOf(e.error)}` },
  'task-failed': { level: 'error', sentence: (e) => `${e.service}: task "${e.task}" failed: ${messageOf(e.error)}` },
  'timer-failed': { level: 'error', sentence: (e) => `${e.service}: ${e.timer} failed: ${messageOf(e.error)}` },
  'listener-failed': {
    level: 'error',
    sentence: (e) => `${e.service}: listener of "${e.event}" failed: ${messageOf(e.error)}`,
  },
  'slow-listener': {
    level: 'warn',
    sentence: (e) => `${e.service}: listener of "${e.event}" blocked everybody for ${round(e.duration)} ms`,
  },
  'watch-failed': {
    level: 'warn',
    sentence: (e) => `${e.service}: ${messageOf(e.error)}; next try in ${round(e.retryIn)} ms`,
  },
};

type Listener = (event: LifecycleEvent) => void;

/** Tells everything that happens to whoever listens: the logger, the timeline, health, metrics, tests. */
export class Events {
  readonly #clock: Clock;
  readonly #listeners = new Map<LifecycleEventType | '*', Set<Listener>>();
  readonly #wordings = new Map<string, Wording<never>>(Object.entries(kernelWordings));

  readonly #quiet: boolean;

  /** @param options - `quiet`: an error that nobody listens for is not written to the console */
  constructor(clock: Clock = systemClock, options: { readonly quiet?: boolean } = {}) {
    this.#clock = clock;
    this.#quiet = options.quiet ?? false;
  }

  /**
   * Listens to one type of event, or to all with `'*'`.
   *
   * @returns ends the listening
   * @example
   * app.events.on('started', (event) => console.log(event.service, event.duration));
   */
  on<T extends LifecycleEventType>(type: T, fn: (event: LifecycleEvent<T>) => void): Release;
  on(type: '*', fn: (event: LifecycleEvent) => void): Release;
  on(type: LifecycleEventType | '*', fn: (event: never) => void): Release {
    const listeners = this.#listeners.get(type) ?? new Set();
    const listener: Listener = (event) => fn(event as never);
    this.#listeners.set(type, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Says that something happened. Never throws: a listener that does is reported and the others still hear. */
  emit<T extends LifecycleEventType>(type: T, data: LifecycleEventMap[T]): void {
    const event = { type, at: this.#clock.now(), ...data } as unknown as LifecycleEvent;
    const heard = this.#tell(type, event) + this.#tell('*', event);
    if (heard === 0 && !this.#quiet) this.#lastResort(event);
  }

  /** Adds the wording of a door's own events. */
  word<T extends LifecycleEventType>(wordings: Wordings<T>): void {
    for (const [type, wording] of Object.entries(wordings)) this.#wordings.set(type, wording as Wording<never>);
  }

  /** How an event reads in a log. */
  wordingOf(event: LifecycleEvent): { level: Level; text: string } {
    const wording = this.#wordings.get(event.type);
    if (!wording) return { level: 'info', text: event.type };
    return { level: wording.level, text: wording.sentence(event as never) };
  }

  #tell(type: LifecycleEventType | '*', event: LifecycleEvent): number {
    const listeners = this.#listeners.get(type);
    if (!listeners) return 0;
    const present = [...listeners];
    for (const listener of present) {
      try {
        listener(event);
      } catch (error) {
        console.error(`A listener of lifecycle events failed on "${event.type}":`, error);
      }
    }
    return present.length;
  }

  /** Outside an application nobody may be listening, and an error must not vanish. */
  #lastResort(event: LifecycleEvent): void {
    const { level, text } = this.wordingOf(event);
    if (level === 'warn' || level === 'error' || level === 'fatal')
      console.error(text, 'error' in event ? event.error : '');
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function plural(failures: readonly Error[]): string {
  return failures.length === 0 ? '' : ` with ${failures.length} failure(s)`;
}
