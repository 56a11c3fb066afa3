// What a lifecycle can say happened, as one union that doors extend, and the hub that tells it to listeners.
import { checkFunction } from './check-function.js';
import { type Clock, type Release, systemClock } from './clock.js';
import { isGivenUp, kernelWordings } from './wordings.js';

/**
 * Every event by its type. Doors and applications add theirs by augmenting this interface.
 *
 * `service` is the name of whom the event is about.
 */
export interface LifecycleEventMap {
  starting: { service: string };
  started: { service: string; duration: number };
  'start-failed': { service: string; duration: number; error: Error };
  /** It takes long, and may take until `limit`. */
  'start-slow': { service: string; duration: number; limit: number };
  /** Its time is over and its signal aborted; it has `more` to end by itself. */
  'start-late': { service: string; limit: number; more: number };
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
  /** A watcher that nobody owns, and nobody has started; `place` is where it was made. */
  'watch-idle': { service: string; place: string | undefined };
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
  /** A function for a type of which some events matter more than others. */
  readonly level: Level | ((event: LifecycleEvent<T>) => Level);
  readonly sentence: (event: LifecycleEvent<T>) => string;
}

/** The wording of several types; whoever adds types must word each of them, or it does not compile. */
export type Wordings<T extends LifecycleEventType> = { readonly [K in T]: Wording<K> };

type Listener = (event: LifecycleEvent) => void;
/** Hears events of some levels. */
interface LevelListener {
  readonly wants: (level: Level) => boolean;
  readonly fn: Listener;
}

/** How an event reads that nobody has worded. */
const UNWORDED = { level: 'info' } as const;

type FailureListener = (event: LifecycleEvent & { readonly error: Error }) => void;

/** What one can listen to: events of a type, all, or those that carry an error. */
type Channel = LifecycleEventType | '*' | typeof FAILURES;

const FAILURES = Symbol('failures');

/** Tells everything that happens to whoever listens: the logger, the timeline, health, metrics, tests. */
export class Events {
  readonly #clock: Clock;
  /** A list is replaced, never changed: an event that is being told keeps its snapshot for nothing. */
  readonly #listeners = new Map<Channel, readonly Listener[]>();
  #levelListeners: readonly LevelListener[] = [];
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
    return this.#listen(type, fn as Listener);
  }

  /**
   * Listens to every event of a level that is wanted. What nobody wants to hear need not be made: see `has`.
   *
   * @param wants - asked each time: a level may change while the application runs
   */
  onLevel(wants: (level: Level) => boolean, fn: (event: LifecycleEvent) => void): Release {
    const listener = { wants, fn };
    this.#levelListeners = [...this.#levelListeners, listener];
    return () => {
      this.#levelListeners = this.#levelListeners.filter((other) => other !== listener);
    };
  }

  /** Listens to every event that carries an error, whatever its type. */
  onFailure(fn: FailureListener): Release {
    return this.#listen(FAILURES, fn as Listener);
  }

  /** Whether somebody would hear an event of that type, so that one that nobody hears need not be made. Not for warnings and errors: those are printed then. */
  has(type: LifecycleEventType): boolean {
    return this.#listeners.has(type) || this.#listeners.has('*') || this.#isWanted(type);
  }

  /** Says that something happened. Never throws: a listener that does is reported and the others still hear. */
  emit<T extends LifecycleEventType>(type: T, data: LifecycleEventMap[T]): void {
    const event = { type, at: this.#clock.now(), ...data } as unknown as LifecycleEvent;
    let heard = this.#tell(type, event) + this.#tell('*', event) + this.#tellLevels(event);
    if ('error' in event) heard += this.#tell(FAILURES, event);
    if (heard === 0 && !this.#quiet) this.#lastResort(event);
  }

  /** Adds the wording of a door's own events. */
  word<T extends LifecycleEventType>(wordings: Wordings<T>): void {
    for (const [type, wording] of Object.entries(wordings)) this.#wordings.set(type, wording as Wording<never>);
  }

  /** How an event reads in a log. */
  wordingOf(event: LifecycleEvent): { level: Level; text: string } {
    const wording = this.#wordings.get(event.type);
    if (!wording) return { ...UNWORDED, text: event.type };
    return { level: levelOf(wording, event), text: wording.sentence(event as never) };
  }

  #isWanted(type: LifecycleEventType): boolean {
    if (this.#levelListeners.length === 0) return false;
    const { level } = this.#wordings.get(type) ?? UNWORDED;
    return typeof level === 'function' || this.#levelListeners.some(({ wants }) => wants(level));
  }

  #listen(channel: Channel, fn: Listener): Release {
    checkFunction('events.on()', fn);
    // The same function may listen twice, and each release ends one of them.
    const listener: Listener = (event) => fn(event);
    this.#listeners.set(channel, [...(this.#listeners.get(channel) ?? []), listener]);
    return () => {
      const left = (this.#listeners.get(channel) ?? []).filter((other) => other !== listener);
      if (left.length > 0) this.#listeners.set(channel, left);
      else this.#listeners.delete(channel);
    };
  }

  #tellLevels(event: LifecycleEvent): number {
    if (this.#levelListeners.length === 0) return 0;
    const wording = this.#wordings.get(event.type);
    const level = wording ? levelOf(wording, event) : UNWORDED.level;
    return tell(
      this.#levelListeners.filter(({ wants }) => wants(level)).map(({ fn }) => fn),
      event,
    );
  }

  #tell(channel: Channel, event: LifecycleEvent): number {
    const listeners = this.#listeners.get(channel);
    return listeners ? tell(listeners, event) : 0;
  }

  /** Outside an application nobody may be listening, and an error must not vanish. */
  #lastResort(event: LifecycleEvent): void {
    const { level, text } = this.wordingOf(event);
    if (level === 'warn' || level === 'error' || level === 'fatal')
      console.error(text, 'error' in event ? event.error : '');
  }
}

function tell(listeners: readonly Listener[], event: LifecycleEvent): number {
  for (const listener of listeners) {
    try {
      listener(event);
    } catch (error) {
      // What it should have told, as why the application ended, must not be lost with it.
      const untold = 'error' in event ? [event.error] : [];
      console.error(`A listener of lifecycle events failed on "${event.type}":`, error, ...untold);
    }
  }
  return listeners.length;
}

function levelOf({ level }: Wording<never>, event: LifecycleEvent): Level {
  if (isGivenUp(event)) return 'info';
  return typeof level === 'function' ? level(event as never) : level;
}
