// createWatcher(): a watcher without a class, which runs while its owner does.
import type { Clock, Release } from './clock.js';
import { InvalidArgumentError, NotRunningError } from './errors.js';
import { construct, type Environment, homeOf, nameOf } from './home.js';
import { checkOptionKeys } from './option-keys.js';
import { type Keeper, Runner } from './runner.js';
import { type Owner, Scope } from './scope.js';
import { standalone } from './standalone.js';
import { unowned } from './unowned.js';
import { Watch, watchFrom } from './watch.js';
import {
  checkWatch,
  type PollSource,
  type StreamSource,
  WATCH_KEYS,
  type WatchOptions,
  type WatchSource,
} from './watch-source.js';

/** Where a watcher without a class gets its values, how, and with whom it ends. */
export type CreateWatcherOptions<T> = WatchSource<T> & WatchOptions<T> & WatcherPlace;

interface WatcherPlace {
  /** It runs while this does. @default the instance under construction */
  readonly owner?: Owner;
  /** @default the owner's, or the system's */
  readonly clock?: Clock;
  /** Milliseconds for what is under way when it stops. @default 5,000 */
  readonly stopTimeout?: number;
}

type Key = keyof WatcherPlace | keyof PollSource<unknown> | keyof StreamSource<unknown>;
const OWN_KEYS: Readonly<Record<Key, true>> = { poll: true, interval: true, stream: true, owner: true, clock: true, stopTimeout: true }; // biome-ignore format: a list
const KEYS = [...Object.keys(OWN_KEYS), ...WATCH_KEYS];

class PlainWatch<T> extends Watch<T> {}

/**
 * Makes a watcher. In a field or constructor of a managed class it starts and stops with that instance; with a running owner it starts at once;
 * without one, `start()` and `stop()` are yours.
 *
 * @param name - shows in reports, health and the ownership tree
 * @throws SPECTER_INVALID_ARGUMENT for options that would make it spin, SPECTER_NOT_RUNNING when its owner is stopping or has stopped
 * @example
 * const memory = createWatcher('memory', { poll: () => process.memoryUsage.rss(), interval: 5000 });
 * memory.subscribe((bytes) => console.log(bytes));
 * await memory.start();
 */
export function createWatcher<T>(name: string, options: CreateWatcherOptions<T>): Watch<T> {
  if (typeof name !== 'string' || name === '') throw new InvalidArgumentError('a watcher', 'a name', name);
  checkOptionKeys(`The watcher ${name}`, options, KEYS);
  const { owner, clock, stopTimeout, ...rest } = options;
  const { source, how } = split<T>(name, rest);
  checkWatch(name, source, how);
  const runner = new Runner(name, environmentOf(owner, clock), stopTimeout === undefined ? {} : { stopTimeout });
  const watch = construct({ target: PlainWatch, home: runner }, () => new PlainWatch<T>());
  runner.bind(watch, {});
  runner.attach((run) => watchFrom<T>(watch, source, how, run));
  join(runner, owner, clock);
  return watch;
}

function split<T>(
  name: string,
  options: WatchSource<T> & WatchOptions<T>,
): { source: WatchSource<T>; how: WatchOptions<T> } {
  const { poll, interval, stream, ...how } = options as WatchOptions<T> &
    Partial<Extract<WatchSource<T>, { poll: unknown }> & Extract<WatchSource<T>, { stream: unknown }>>;
  if (typeof poll === 'function' && stream === undefined)
    return { source: { poll, interval: interval ?? Number.NaN }, how };
  if (typeof stream === 'function' && poll === undefined && interval === undefined) return { source: { stream }, how };
  throw new InvalidArgumentError(`createWatcher('${name}')`, 'either { poll, interval } or { stream }', options);
}

function environmentOf(owner: Owner | undefined, clock: Clock | undefined, home = homeOf(owner)): Environment {
  const around = home?.environment;
  if (around) return clock ? { ...around, clock } : around;
  if (!(owner instanceof Scope)) return standalone(clock ? { clock } : {});
  return { ...standalone({ clock: clock ?? owner.clock }), events: owner.events };
}

function join(watcher: Runner, owner: Owner | undefined, clock: Clock | undefined): void {
  const home = homeOf(owner);
  const keeper = new OwnedWatcher(watcher, nameOf(owner) ?? home?.name ?? watcher.name);
  if (owner || home) watcher.keeper = keeper;
  else unowned(watcher, { kind: 'watcher' });
  if (home instanceof Runner) {
    // Its owner is told what it cannot live with.
    watcher.onFailure = (error) => home.fail(error);
    const beforeStart = home.phase === 'stopped' && !(owner instanceof Scope && owner !== home.scope);
    if (beforeStart)
      return home.attach((run) => {
        // It may have been adopted since, and lives by another clock now.
        watcher.move(environmentOf(owner, clock, home));
        return keeper.begin(run);
      });
  }
  if (owner instanceof Scope) void keeper.begin(owner.current);
  else if (home) void keeper.begin(home.scope.current);
  else if (owner) startBeside(watcher, owner);
}

/** An owner that is nothing but a list of cleanups has no runs to keep it in. */
function startBeside(watcher: Runner, owner: Owner): void {
  watcher.keeper = undefined;
  owner.addCleanup(() => watcher.dispose());
  void watcher.start();
}

/** Keeps a watcher within the runs of its owner, one after the other. */
class OwnedWatcher implements Keeper {
  readonly #watcher: Runner;
  readonly #owner: string;
  #run: Scope | undefined;
  #forget: Release | undefined;

  constructor(watcher: Runner, owner: string) {
    this.#watcher = watcher;
    this.#owner = owner;
  }

  get holds(): boolean {
    return this.#forget !== undefined;
  }

  /** @throws SPECTER_NOT_RUNNING when the owner takes nothing more */
  begin(run: Scope): Promise<void> {
    run.demand('start the watcher', this.#watcher.name);
    this.#run = run;
    return this.#watcher.start();
  }

  /** @throws SPECTER_NOT_RUNNING when its owner does not run */
  starting(): void {
    const run = this.#run;
    const watcher = this.#watcher;
    if (!run) throw new NotRunningError(this.#owner, `start the watcher "${watcher.name}"`, 'not started');
    run.demand('start the watcher', watcher.name);
    const release = () => (this.holds ? watcher.stop() : undefined);
    this.#forget = run.hold({
      kind: 'child',
      label: watcher.name,
      release,
      // Like a timer: no more values, and whoever reads them in a task of the owner comes to an end.
      quiesce: release,
      inside: () => watcher.scope.tree(),
    });
  }

  stopped(): void {
    const forget = this.#forget;
    this.#forget = undefined;
    forget?.();
  }

  disposed(): void {
    this.stopped();
  }
}
