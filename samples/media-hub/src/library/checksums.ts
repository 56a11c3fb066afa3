// Checksums: makes the missing ones in the background, a few files at a time. The catalogue says what is missing.
import { join } from 'node:path';
import { Interval, Lifecycle, Listen, Service } from 'specter-runtime';
import { HubConfig } from '../hub-config.js';
import { Catalogue, type Checked, type Waiting } from './catalogue.js';
import { Digester } from './digester.js';
import { Library } from './library.js';
import { readingTrouble } from './reading-trouble.js';

/** Results are written together, since each write waits for the disk. In milliseconds. */
const WRITE_AFTER = 200;
const WRITE_AGAIN_AFTER = 5_000;
const TRY_AGAIN = 60_000;
/** Files that are asked for at once. */
const LINE = 200;

@Service()
export class Checksums extends Lifecycle {
  /** Paths that are being read, or read and not written down yet. */
  readonly #taken = new Set<string>();
  readonly #done: Checked[] = [];
  /** Who comes next, and whether the catalogue has nobody else. */
  #line: Waiting[] = [];
  #dry = false;
  #reading = 0;
  #armed = false;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly library: Library,
    private readonly digester: Digester,
    private readonly config: HubConfig,
  ) {
    super();
  }

  protected override onStart(): void {
    this.#armed = false;
    // Acquired first, so released last: after the files that are being read when the hub stops.
    this.addCleanup(() => this.#write());
    this.takeMore();
  }

  @Listen('library:changed')
  takeMore(): void {
    this.#dry = false;
    this.#fill();
  }

  /** Somebody may have lent a hand meanwhile: given the permission, plugged the disk in again. */
  @Interval(TRY_AGAIN)
  async tryUnreadable(): Promise<void> {
    if ((await this.catalogue.retryUnreadable()) > 0) this.takeMore();
  }

  #fill(): void {
    while (this.#reading < this.config.hashConcurrency) {
      const file = this.#next();
      if (!file) return;
      this.#take(file);
    }
  }

  #next(): Waiting | undefined {
    if (this.#line.length === 0 && !this.#dry) {
      this.#line = this.catalogue.waiting(LINE + this.#taken.size).filter(({ path }) => !this.#taken.has(path));
      this.#dry = this.#line.length === 0;
    }
    return this.#line.shift();
  }

  #take(file: Waiting): void {
    this.#taken.add(file.path);
    this.#reading++;
    this.spawn(
      async (signal) => {
        const result = await this.#check(file, signal);
        this.#reading--;
        if (signal.aborted) return void this.#taken.delete(file.path);
        this.#done.push(result);
        this.#writeAfter(WRITE_AFTER);
        this.#fill();
      },
      { label: `checksum of ${file.path}` },
    );
  }

  async #check({ path, size, modified }: Waiting, signal: AbortSignal): Promise<Checked> {
    try {
      const checksum = await this.digester.digest(join(this.config.folder, path), signal);
      return { path, size, modified, checksum };
    } catch (error) {
      return { path, size, modified, error: readingTrouble(error) };
    }
  }

  #writeAfter(ms: number): void {
    if (this.#armed) return;
    this.#armed = true;
    this.timeout(() => this.#write(), ms);
  }

  /** What cannot be written, because the disk is full for example, is kept for the next time. */
  async #write(): Promise<void> {
    this.#armed = false;
    const results = [...this.#done];
    if (results.length === 0) return;
    try {
      await this.catalogue.check(results);
    } catch (error) {
      if (this.running) this.#writeAfter(WRITE_AGAIN_AFTER);
      throw error;
    }
    this.#done.splice(0, results.length);
    for (const { path } of results) this.#taken.delete(path);
    this.library.recount(results.filter(({ checksum }) => checksum).length);
    this.emit('library:checked', { count: results.length });
    if (this.running) this.takeMore();
  }
}
