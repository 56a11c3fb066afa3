// FactFinder: has a program of its own look into files, so that a strange file can hang or crash nobody but that.
import { createProcess, Lifecycle, type Release, Service, Unavailable } from 'specter-runtime';
import { BuiltFiles } from '../built-files.js';
import { type Answer, READY } from './exchange.js';
import type { Facts } from './facts.js';

/** For an answer, in milliseconds. */
const PATIENCE = 10_000;
/** A file over which the worker has died so often is not tried again. */
const MOST_DEATHS = 2;

interface Asked {
  readonly path: string;
  deaths: number;
  readonly resolve: (facts: Facts) => void;
  readonly reject: (why: Error) => void;
}

@Service()
export class FactFinder extends Lifecycle {
  readonly #worker;
  /** By number, in the order in which they were asked: the worker takes them one after the other. */
  readonly #asked = new Map<number, Asked>();
  #last = 0;

  constructor(files: BuiltFiles) {
    super();
    this.#worker = createProcess('facts', process.execPath, [files.worker], {
      stdin: 'pipe',
      ready: new RegExp(`^${READY}$`),
      restart: { on: 'always' },
    });
    this.#worker.watchStream('stdout', (line) => this.#hear(line));
  }

  protected override async onStart(): Promise<void> {
    this.addCleanup(() => this.#refuseAll());
    await this.#worker.start();
  }

  /** Degraded while the worker is started again; those who have asked wait for the next one. */
  override health() {
    return this.#worker.health();
  }

  /** @throws Unavailable when the file cannot be read, or the answer takes too long */
  async find(path: string): Promise<Facts> {
    const id = ++this.#last;
    const release: Release = this.timeout(() => this.#giveUp(id), PATIENCE);
    const answered = new Promise<Facts>((resolve, reject) => this.#asked.set(id, { path, deaths: 0, resolve, reject }));
    this.#ask(id, path);
    try {
      return await answered;
    } finally {
      release();
      this.#asked.delete(id);
    }
  }

  /** A worker that is away is asked once it is back. */
  #ask(id: number, path: string): void {
    this.#worker.write(`${JSON.stringify({ id, path })}\n`).catch(() => {});
  }

  #hear(line: string): void {
    if (line === READY) return this.#askAgain();
    const { id, facts, trouble } = JSON.parse(line) as Answer;
    const asked = this.#asked.get(id);
    if (facts) asked?.resolve(facts);
    else asked?.reject(new Unavailable(trouble));
  }

  /** What the last worker has not answered. The first of it may be what killed it. */
  #askAgain(): void {
    const [suspect] = this.#asked.keys();
    if (suspect !== undefined) this.#blame(suspect);
    for (const [id, { path }] of this.#asked) this.#ask(id, path);
  }

  #blame(id: number): void {
    const asked = this.#asked.get(id) as Asked;
    asked.deaths++;
    if (asked.deaths >= MOST_DEATHS) this.#refuse(id, 'It cannot be looked into.');
  }

  /** Whoever is first in line has all of the worker's attention: it hangs. */
  async #giveUp(id: number): Promise<void> {
    const [first] = this.#asked.keys();
    this.#refuse(id, 'It takes too long to look into it.');
    if (id === first) await this.#worker.restart();
  }

  #refuse(id: number, why: string): void {
    this.#asked.get(id)?.reject(new Unavailable(why, { code: 'HUB_NO_FACTS' }));
    this.#asked.delete(id);
  }

  #refuseAll(): void {
    for (const id of this.#asked.keys()) this.#refuse(id, 'The hub is stopping.');
  }
}
