// FolderFollower: chokidar's events about one folder, kept as a picture of it. The only file that knows chokidar.
import type { Stats } from 'node:fs';
import { relative, sep } from 'node:path';
import type { ChokidarOptions, FSWatcher } from 'chokidar';
import type { FileFacts, FolderView } from './folder-view.js';

/** A file counts once nobody has written to it for that long, in milliseconds. */
const WRITTEN = { stabilityThreshold: 300, pollInterval: 100 };

/** Subfolders too; hidden files, links, pipes and the like are left out. */
const OPTIONS: ChokidarOptions = {
  alwaysStat: true,
  awaitWriteFinish: WRITTEN,
  followSymlinks: false,
  ignorePermissionErrors: true,
};

/** Follows one folder until it is closed. */
export class FolderFollower {
  readonly #root: string;
  readonly #watcher: FSWatcher;
  readonly #files = new Map<string, FileFacts>();
  #complete = false;
  #changed = false;
  #error: Error | undefined;
  #wake = () => {};

  /** Begins to follow. chokidar is loaded only now: tests that make the folder up do without it. */
  static async open(root: string): Promise<FolderFollower> {
    const { watch } = await import('chokidar');
    return new FolderFollower(root, watch);
  }

  private constructor(root: string, watch: typeof import('chokidar').watch) {
    this.#root = root;
    this.#watcher = watch(root, { ...OPTIONS, ignored: (path) => isHidden(this.#pathOf(path)) });
    this.#watcher
      .on('add', (path, stats) => this.#put(path, stats))
      .on('change', (path, stats) => this.#put(path, stats));
    this.#watcher.on('unlink', (path) => this.#remove(path)).on('ready', () => this.#ready());
    this.#watcher.on('error', (error) => this.#fail(error));
  }

  /**
   * Waits until the folder has changed since the last view.
   *
   * @throws what went wrong with following it, or the signal's reason
   */
  async change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#error) throw this.#error;
    if (this.#changed) return;
    await new Promise<void>((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      this.#wake = () => {
        signal.removeEventListener('abort', abort);
        if (this.#error) reject(this.#error);
        else resolve();
      };
    });
  }

  /** Whether the folder has changed since the last view. */
  get changed(): boolean {
    return this.#changed;
  }

  /** The folder as it is now. */
  view(): FolderView {
    this.#changed = false;
    return { files: new Map(this.#files), complete: this.#complete };
  }

  close(): Promise<void> {
    return this.#watcher.close();
  }

  #put(path: string, stats: Stats | undefined): void {
    if (!stats?.isFile()) return;
    this.#files.set(this.#pathOf(path), { size: stats.size, modified: Math.trunc(stats.mtimeMs) });
    this.#tell();
  }

  #remove(path: string): void {
    if (this.#files.delete(this.#pathOf(path))) this.#tell();
  }

  #ready(): void {
    this.#complete = true;
    this.#tell();
  }

  #fail(error: unknown): void {
    this.#error = error instanceof Error ? error : new Error(String(error));
    this.#wake();
  }

  #tell(): void {
    this.#changed = true;
    this.#wake();
  }

  #pathOf(path: string): string {
    return relative(this.#root, path).split(sep).join('/');
  }
}

function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.'));
}
