// watchFiles(): what comes, changes and goes in files and folders.
import { basename, dirname, join, resolve } from 'node:path';
import type { Clock } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { SourceError } from './errors.js';
import { Folder, type Shift } from './folder.js';
import { Bell, checkInterval, clockFor, type Source } from './source.js';

/** Something came, changed or went. */
export interface FileChange {
  /** `'unreadable'`: a folder that can no longer be read; what is known of it stays known. */
  readonly type: 'added' | 'changed' | 'removed' | 'unreadable';
  readonly kind: 'file' | 'folder';
  /** Absolute. */
  readonly path: string;
}

export interface WatchFilesOptions {
  /** Folders within folders, too. @default true */
  readonly recursive?: boolean;
  /** What is not looked at, nor anything in it: told the name and the whole path. @default nothing */
  readonly ignore?: (name: string, path: string) => boolean;
  /** Tell what is there at the first opening as added. @default false */
  readonly existing?: boolean;
  /** Milliseconds in which something must not change before it is told: a file that is being copied is told once. @default 100 */
  readonly debounce?: number;
  /** Milliseconds after which everything is looked at, whatever the system tells: for drives in the network, and for a system that is out of watches. @default 30,000 */
  readonly interval?: number;
  /** More files and folders than this are refused. @default 100,000 */
  readonly maxEntries?: number;
  /** @default that of the instance under construction, or the system's */
  readonly clock?: Clock;
}

const KEYS: readonly (keyof WatchFilesOptions)[] = [
  'recursive', 'ignore', 'existing', 'debounce', 'interval', 'maxEntries', 'clock',
]; // biome-ignore format: a list

/** Milliseconds between two looks at whether the thing itself is still what it was. */
const GLANCE = 1_000;

/**
 * What comes, changes and goes in a file, or in a folder and those within. It may be absent, vanish, be made anew or mounted over; opened again, it
 * tells what has changed meanwhile.
 *
 * @param path - a file or a folder; from the working directory when it is relative
 * @throws SPECTER_INVALID_ARGUMENT for options that cannot be used
 * @example
 * const inbox = createWatcher('inbox', { stream: watchFiles('/srv/inbox', { ignore: (name) => name.endsWith('.part') }) });
 * inbox.subscribe(({ type, path }) => console.log(type, path));
 * await inbox.start();
 */
export function watchFiles(path: string, options: WatchFilesOptions = {}): Source<FileChange> {
  const where = `watchFiles('${path}')`;
  checkOptionKeys(where, options, KEYS);
  const filled = {
    recursive: true,
    ignore: () => false,
    existing: false,
    debounce: 100,
    interval: 30_000,
    maxEntries: 100_000,
    ...options,
    clock: clockFor(options.clock),
  };
  checkInterval(`debounce of ${where}`, filled.debounce, 10);
  checkInterval(`interval of ${where}`, filled.interval, 10);
  const root = resolve(path);
  if (dirname(root) === root) throw new InvalidArgumentError('watchFiles()', 'a folder within another', path);
  const files = new WatchedFiles(root, filled);
  return (signal) => files.follow(signal);
}

/** What is known below one path. */
class WatchedFiles {
  readonly #root: string;
  readonly #options: Required<WatchFilesOptions>;
  readonly #bell = new Bell();
  /** By path, those above before those below. The first is where the root itself stands. */
  readonly #folders = new Map<string, Folder>();
  readonly #unreadable = new Set<string>();
  #lookedAtAll = Number.NEGATIVE_INFINITY;
  /** Whether what was there at first is known. */
  #told = false;
  /** Found, and not told yet: nobody wanted more. */
  readonly #untold: FileChange[] = [];

  constructor(root: string, options: Required<WatchFilesOptions>) {
    this.#root = root;
    this.#options = options;
    const above = dirname(root);
    this.#folders.set(above, this.#folder(above, basename(root)));
  }

  async *follow(signal: AbortSignal): AsyncGenerator<FileChange, void> {
    const { clock, existing, debounce, interval } = this.#options;
    try {
      this.#lookedAtAll = Number.NEGATIVE_INFINITY;
      do {
        const take = (change: FileChange) => void ((this.#told || existing) && this.#untold.push(change));
        await this.#look(this.#told ? debounce : 0, { signal, take });
        this.#told ||= !signal.aborted;
        while (this.#untold.length > 0 && !signal.aborted) yield this.#untold.shift() as FileChange;
        // However many hints come, it looks no more often than that.
        await clock.sleep(debounce, { signal }).catch(() => {});
      } while (
        !signal.aborted &&
        (this.#isUnsettled || (await this.#bell.wait(clock, Math.min(GLANCE, interval), signal)))
      );
    } finally {
      for (const folder of this.#folders.values()) folder.close();
    }
  }

  get #isUnsettled(): boolean {
    return [...this.#folders.values()].some(({ unsettled }) => unsettled);
  }

  /** Takes what has settled since, wherever there was reason to look; what it found before it failed is known, and so must be told. */
  async #look(
    settle: number,
    { signal, take }: { signal: AbortSignal; take: (change: FileChange) => void },
  ): Promise<void> {
    const { clock, interval } = this.#options;
    const now = clock.monotonic();
    const all = now - this.#lookedAtAll >= interval;
    if (all) this.#lookedAtAll = now;
    // Those that are found on the way come after, and are looked at in the same round.
    for (const folder of this.#folders.values()) {
      if (signal.aborted) break;
      if (!all && !folder.dirty && !folder.unsettled && !this.#isTop(folder)) continue;
      const shifts = await folder.look(now, settle, signal);
      this.#troubleOf(folder).forEach(take);
      shifts.flatMap((shift) => this.#changesOf(shift)).forEach(take);
      // Only what has grown: after too much was found, those that have shrunk since must be looked at, too.
      if (shifts.some(({ before }) => !before)) this.#checkSize();
    }
    this.#checkSize();
  }

  /** Where the root stands, and the root: whether they are still what they were is looked at often. */
  #isTop({ path }: Folder): boolean {
    return path === this.#root || path === dirname(this.#root);
  }

  #changesOf({ path, before, now }: Shift): FileChange[] {
    const changes: FileChange[] = [];
    const isSameKind = before?.kind === now?.kind;
    if (before?.kind === 'folder' && !isSameKind) changes.push(...this.#forget(path));
    if (before && !isSameKind) changes.push({ type: 'removed', kind: before.kind, path });
    if (now && !isSameKind) changes.push({ type: 'added', kind: now.kind, path });
    if (now?.kind === 'file' && isSameKind) changes.push({ type: 'changed', kind: 'file', path });
    if (now?.kind === 'folder') this.#enter(path);
    return changes;
  }

  #enter(path: string): void {
    if (!this.#options.recursive && path !== this.#root) return;
    const folder = this.#folders.get(path);
    if (folder) folder.dirty = true;
    else this.#folders.set(path, this.#folder(path));
  }

  /** All that is known below, from the inside out. */
  #forget(path: string): FileChange[] {
    const folder = this.#folders.get(path);
    if (!folder) return [];
    folder.close();
    this.#folders.delete(path);
    this.#unreadable.delete(path);
    return [...folder.known].flatMap(([name, { kind }]) => {
      const below = join(path, name);
      return [...(kind === 'folder' ? this.#forget(below) : []), { type: 'removed' as const, kind, path: below }];
    });
  }

  /** Told once, until it can be read again. @throws for the root, which is all that was asked for */
  #troubleOf({ path, trouble }: Folder): FileChange[] {
    if (!trouble) this.#unreadable.delete(path);
    if (!trouble || this.#unreadable.has(path)) return [];
    if (path === this.#root || path === dirname(this.#root))
      throw new SourceError(`watchFiles('${this.#root}')`, `cannot be read: ${trouble.message}.`, { cause: trouble });
    this.#unreadable.add(path);
    return [{ type: 'unreadable', kind: 'folder', path }];
  }

  #checkSize(): void {
    let entries = 0;
    for (const { known } of this.#folders.values()) entries += known.size;
    if (entries > this.#options.maxEntries)
      throw new SourceError(
        `watchFiles('${this.#root}')`,
        `holds more than ${this.#options.maxEntries} files and folders. Leave some out with \`ignore\`, or raise maxEntries.`,
      );
  }

  #folder(path: string, only?: string): Folder {
    const { ignore } = this.#options;
    const hint = () => this.#bell.ring();
    return new Folder(path, { ignore, hint, ...(only === undefined ? {} : { only }) });
  }
}
