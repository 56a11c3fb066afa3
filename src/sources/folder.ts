// Folder: what is known of one folder, what changes in it, and the system's hint that something may have.
import { type BigIntStats, type FSWatcher, watch } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from './errors.js';

/** What something is and was. */
export interface Entry {
  readonly kind: 'file' | 'folder';
  /** Differs when it is something else, or was written. */
  readonly shape: string;
}

/** Something in the folder is settled in another shape than before. */
export interface Shift {
  readonly name: string;
  readonly path: string;
  readonly before: Entry | undefined;
  readonly now: Entry | undefined;
}

/** How many are asked for at once. */
const TOGETHER = 64;

interface Pending {
  readonly now: Entry | undefined;
  readonly since: number;
}

export interface FolderOptions {
  readonly ignore: (name: string, path: string) => boolean;
  /** Called when the system says that something may have changed. */
  readonly hint: () => void;
  /** The one name that counts; a link of that name is followed. @default all, and links are what they are */
  readonly only?: string;
}

/** One folder, without those below it. */
export class Folder {
  readonly path: string;
  readonly known = new Map<string, Entry>();
  readonly #pending = new Map<string, Pending>();
  readonly #options: FolderOptions;
  #watcher: FSWatcher | undefined;
  #watched = '';
  /** Something may have changed since it was looked at. */
  dirty = true;
  /** Why it could not be read the last time. */
  trouble: Error | undefined;

  constructor(path: string, options: FolderOptions) {
    this.path = path;
    this.#options = options;
  }

  /** Whether something in it has changed and may change further. */
  get unsettled(): boolean {
    return this.#pending.size > 0;
  }

  /**
   * Looks at everything in it.
   *
   * @param settle - milliseconds in which something must not have changed to be settled
   * @returns what has settled
   */
  async look(now: number, settle: number, signal: AbortSignal): Promise<Shift[]> {
    this.dirty = false;
    await this.#watch(signal);
    const found = await this.#find();
    if (!found) return [];
    const names = new Set([...this.known.keys(), ...found.keys(), ...this.#pending.keys()]);
    return [...names].flatMap((name) => this.#compare(name, found.get(name), { now, settle }) ?? []);
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = '';
    this.dirty = true;
  }

  #compare(
    name: string,
    found: Entry | undefined,
    { now, settle }: { now: number; settle: number },
  ): Shift | undefined {
    const before = this.known.get(name);
    if (found?.shape === before?.shape) return void this.#pending.delete(name);
    const pending = this.#pending.get(name);
    const since = pending && pending.now?.shape === found?.shape ? pending.since : now;
    if (now - since < settle) return void this.#pending.set(name, { now: found, since });
    this.#pending.delete(name);
    if (found) this.known.set(name, found);
    else this.known.delete(name);
    return { name, path: join(this.path, name), before, now: found };
  }

  /** What is in it; undefined when that cannot be known, which is not the same as nothing. */
  async #find(): Promise<Map<string, Entry> | undefined> {
    try {
      const names = await this.#names();
      const found = new Map<string, Entry>();
      for (let at = 0; at < names.length; at += TOGETHER) await this.#findAll(names.slice(at, at + TOGETHER), found);
      this.trouble = undefined;
      return found;
    } catch (thrown) {
      this.trouble = thrown as Error;
      return undefined;
    }
  }

  async #findAll(names: readonly string[], found: Map<string, Entry>): Promise<void> {
    const entries = await Promise.all(names.map((name) => this.#entryOf(join(this.path, name))));
    for (const [i, entry] of entries.entries()) if (entry) found.set(names[i] as string, entry);
  }

  async #names(): Promise<readonly string[]> {
    const { only, ignore } = this.#options;
    if (only !== undefined) return [only];
    const names = (await unlessAbsent(readdir(this.path))) ?? [];
    return names.filter((name) => !ignore(name, join(this.path, name)));
  }

  async #entryOf(path: string): Promise<Entry | undefined> {
    const look = this.#options.only === undefined ? lstat : stat;
    const stats = await unlessAbsent(look(path, { bigint: true }));
    if (!stats) return undefined;
    if (stats.isDirectory()) return { kind: 'folder', shape: identityOf(stats) };
    return { kind: 'file', shape: `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}` };
  }

  /** A watch belongs to what had this name when it began: a folder that was made anew, or mounted over, needs another. */
  async #watch(signal: AbortSignal): Promise<void> {
    const stats = await unlessAbsent(stat(this.path, { bigint: true })).catch(() => undefined);
    const identity = stats ? identityOf(stats) : '';
    if (identity === this.#watched || signal.aborted) return;
    this.close();
    this.dirty = false;
    this.#watched = identity;
    if (stats) this.#watcher = this.#open();
  }

  #open(): FSWatcher | undefined {
    const { only, hint } = this.#options;
    try {
      const watcher = watch(this.path, (_event, name) => {
        if (only !== undefined && name !== null && name !== only) return;
        this.dirty = true;
        hint();
      });
      // It is gone, or the system has no more to give: the next look at everything finds what it would have told.
      watcher.on('error', () => this.close());
      return watcher;
    } catch {
      return undefined;
    }
  }
}

/** With its birth: a folder that is made anew may get the number of the one that it replaces. */
function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`;
}
