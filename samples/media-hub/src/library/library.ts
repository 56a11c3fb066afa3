// Library: brings the catalogue in line with the folder, and tells what changed.
import { setImmediate as turn } from 'node:timers/promises';
import { Cron, type Health, Interval, Lifecycle, Observe, Service } from 'specter-runtime';
import type { Change } from '../hub-events.js';
import { Catalogue } from './catalogue.js';
import type { FileFacts, FolderView } from './folder-view.js';
import { idOf } from './item-id.js';
import { MediaFolder } from './media-folder.js';

export interface LibraryState {
  /** Whether the folder is still being looked through. */
  readonly scanning: boolean;
  readonly files: number;
  /** Files without a checksum yet. */
  readonly waiting: number;
  readonly unreadable: number;
  /** Checksums made since the start of the hub. */
  readonly checked: number;
  /** How the folder is; the catalogue stays as it was while it is away. */
  readonly folder: 'up' | 'degraded' | 'down';
}

const NOTHING: LibraryState = { scanning: true, files: 0, waiting: 0, unreadable: 0, checked: 0, folder: 'up' };
const TOLD_AT_ONCE = 100;
/** Files that are written at once; the database holds everybody up meanwhile. */
const PIECE = 500;
const MONTH = 30 * 24 * 3_600_000;

@Service()
export class Library extends Lifecycle<LibraryState> {
  #known = new Map<string, FileFacts>();
  #latest: FolderView | undefined;
  #busy = false;
  #trouble: Error | undefined;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly folder: MediaFolder,
  ) {
    super(NOTHING);
  }

  protected override onStart(): void {
    this.#known = this.catalogue.known();
    this.recount(0);
  }

  /** While a view cannot be written, because the disk is full for example, it is tried again every second. */
  override health(): Health | Promise<Health> {
    return this.#trouble ? { status: 'degraded', error: this.#trouble.message } : super.health();
  }

  /** Brings the catalogue in line with the folder. Of the views that come while an earlier one is being written, the latest counts. */
  @Observe(MediaFolder)
  reconcile(view: FolderView): void {
    this.#latest = view;
    this.#catchUp();
  }

  @Interval(1_000)
  lookAfterFolder(): void {
    this.setState({ folder: this.folder.health().status });
    this.#catchUp();
  }

  /** A file that comes back within a month is not read again. */
  @Cron('0 4 * * *')
  async forgetOld(): Promise<void> {
    await this.catalogue.forget(this.clock.now() - MONTH);
  }

  /** Counts again. @param checked - how many checksums were made since the last time */
  recount(checked: number): void {
    this.setState({ ...this.catalogue.counts(), checked: this.state.checked + checked });
  }

  /** As a task, so that stopping waits for what is being written. */
  #catchUp(): void {
    if (this.#busy || !this.#latest) return;
    this.#busy = true;
    this.spawn((signal) => this.#applyLatest(signal), { label: 'catch up with the folder' });
  }

  async #applyLatest(signal: AbortSignal): Promise<void> {
    try {
      for (let view = this.#latest; view && !signal.aborted; view = this.#latest) {
        await this.#apply(view, signal);
        if (this.#latest === view) this.#latest = undefined;
      }
      this.#trouble = undefined;
    } catch (error) {
      this.#trouble = error as Error;
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  /** A file that is missing is only let go once the folder has been looked through. */
  async #apply({ files, complete }: FolderView, signal: AbortSignal): Promise<void> {
    const put = [...files].filter(([path, facts]) => !isSame(this.#known.get(path), facts));
    const gone = complete ? [...this.#known.keys()].filter((path) => !files.has(path)) : [];
    for await (const some of inPieces(put, signal)) await this.#put(some);
    for await (const some of inPieces(gone, signal)) await this.#letGo(some);
    this.setState({ ...this.catalogue.counts(), scanning: !complete, folder: 'up' });
  }

  async #put(files: readonly (readonly [string, FileFacts])[]): Promise<void> {
    const changes = files.map(([path]) => changeOf(this.#known.has(path) ? 'changed' : 'added', path));
    await this.catalogue.put(files);
    for (const [path, facts] of files) this.#known.set(path, facts);
    this.#tell(changes);
  }

  async #letGo(paths: readonly string[]): Promise<void> {
    await this.catalogue.letGo(paths);
    for (const path of paths) this.#known.delete(path);
    this.#tell(paths.map((path) => changeOf('removed', path)));
  }

  #tell(changes: readonly Change[]): void {
    this.setState(this.catalogue.counts());
    this.emit('library:changed', { changes: changes.slice(0, TOLD_AT_ONCE), count: changes.length });
  }
}

function changeOf(what: Change['what'], path: string): Change {
  return { what, id: idOf(path), path };
}

function isSame(a: FileFacts | undefined, b: FileFacts): boolean {
  return a !== undefined && a.size === b.size && a.modified === b.modified;
}

/** Between two pieces everybody else gets a turn. Ends early when the signal is aborted. */
async function* inPieces<T>(all: readonly T[], signal: AbortSignal): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < all.length && !signal.aborted; at += PIECE) {
    if (at > 0) await turn();
    yield all.slice(at, at + PIECE);
  }
}
