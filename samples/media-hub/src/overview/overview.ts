// Overview: what is in the files, on the shelves and in the whole library. Three caches, of which each follows the one before it.
import { join } from 'node:path';
import { dirname } from 'node:path/posix';
import { createCache, createKeyedCache, Lifecycle, Listen, Service } from 'specter-runtime';
import { HubConfig } from '../hub-config.js';
import type { LibraryChange } from '../hub-events.js';
import { Catalogue } from '../library/catalogue.js';
import type { Item } from '../library/item.js';
import { FactFinder } from '../metadata/fact-finder.js';
import { type Facts, hasFacts } from '../metadata/facts.js';
import { EMPTY, type Shelf, type Statistics, together } from './shelf.js';

const MINUTE = 60_000;
const DAY = 24 * 3_600_000;
const WEEK = 7 * DAY;

@Service()
export class Overview extends Lifecycle {
  /** By path. Facts hold as long as nobody writes to the file. */
  readonly #facts = createKeyedCache<string, Facts>('facts', { max: 50_000 });
  /** By folder. They expire, since what is recent changes by itself. */
  readonly #shelves = createKeyedCache<string, Shelf>('shelves', { max: 10_000, ttl: MINUTE });
  /** Nobody waits because a minute has passed: the old answer serves while the new one is worked out behind it. */
  readonly #statistics = createCache<Statistics>('statistics', {
    dependsOn: ['shelves:invalidated'],
    ttl: MINUTE,
    staleWhileRevalidate: DAY,
    timeout: 5 * MINUTE,
  });

  constructor(
    private readonly catalogue: Catalogue,
    private readonly finder: FactFinder,
    private readonly config: HubConfig,
  ) {
    super();
    this.#facts.onInvalidate((path) => this.#forgetShelf(path));
  }

  /** Nobody told it what changed while it was stopped. */
  protected override onStart(): void {
    this.#facts.invalidate();
  }

  /** A change of one file costs: looking into that file, through its shelf, and adding up. */
  @Listen('library:changed')
  forget({ changes, count }: LibraryChange): void {
    if (count > changes.length) this.#facts.invalidate();
    else for (const { path } of changes) this.#facts.invalidate(path);
  }

  /** @throws Unavailable when the file cannot be looked into at the moment */
  async facts(path: string): Promise<Facts> {
    if (!hasFacts(path)) return {};
    return this.#facts.getOrCompute(path, () => this.finder.find(join(this.config.folder, path)));
  }

  statistics(): Promise<Statistics> {
    return this.#statistics.getOrCompute(async (signal) => {
      let sum = EMPTY;
      for (const folder of this.catalogue.folders()) {
        signal.throwIfAborted();
        sum = together(sum, await this.#shelf(folder));
      }
      return sum;
    });
  }

  #shelf(folder: string): Promise<Shelf> {
    return this.#shelves.getOrCompute(folder, async (signal) => {
      let shelf = EMPTY;
      for (const item of this.catalogue.within(folder)) {
        signal.throwIfAborted();
        shelf = together(shelf, await this.#alone(item));
      }
      return shelf;
    });
  }

  /** As a shelf with nothing else on it. What cannot be looked into counts too, and is tried again when the shelf has expired. */
  async #alone({ path, kind, modified }: Item): Promise<Shelf> {
    const { seconds = 0 }: Facts = await this.facts(path).catch(() => ({}));
    const recent = this.clock.now() - modified.getTime() < WEEK;
    return {
      files: 1,
      recent: Number(recent),
      pictures: Number(kind === 'image'),
      sounds: Number(kind === 'audio'),
      seconds,
    };
  }

  #forgetShelf(path: string | undefined): void {
    if (path === undefined) this.#shelves.invalidate();
    else this.#shelves.invalidate(dirname(path));
  }
}
