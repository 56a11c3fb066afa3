// PersistedState: keeps stores and models in the database, each as one row, written shortly after it has changed.
import type { Clock, Release } from '../kernel/clock.js';
import { errorOf, messageOf } from '../kernel/errors.js';
import type { Events } from '../kernel/events.js';
import type { Keeping, Kept, Persistence, PersistOptions } from '../kernel/persistence.js';
import type { Storage } from './database.js';
import { closed, duplicateState, newer, type StorageError, storageError, unreadableState } from './errors.js';
import type { Database } from './handle.js';

/** Milliseconds that changes are gathered before they are written. */
const GATHER = 25;
/** Milliseconds until a failed write is tried again. */
const TRY_AGAIN = 1_000;

const SCHEMA = `CREATE TABLE specter_state (
  name TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  value TEXT NOT NULL,
  deleted TEXT NOT NULL DEFAULT '[]',
  updated_at INTEGER NOT NULL
) STRICT`;

const SELECT = 'SELECT version, value, deleted FROM specter_state WHERE name = ?';

const UPSERT = `INSERT INTO specter_state (name, version, value, deleted, updated_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET version = excluded.version, value = excluded.value,
    deleted = excluded.deleted, updated_at = excluded.updated_at`;

interface Row {
  readonly version: number;
  readonly value: string;
  readonly deleted: string;
}

interface Entry {
  readonly name: string;
  readonly version: number;
  readonly read: () => Kept;
}

/** What is changed within one gathering is one transaction, and so is what is flushed in one turn of the loop. */
export class PersistedState implements Persistence {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Set<Entry>();
  #disarm: Release | undefined;
  /** The commit under way, or the last one. */
  #commit: Promise<void> = Promise.resolve();
  /** The commit that those who flush now are waiting for. */
  #next: Promise<void> | undefined;
  #closed = false;
  #prepared = false;

  constructor(storage: Storage, around: { readonly clock: Clock; readonly events: Events }) {
    this.#storage = storage;
    this.#clock = around.clock;
    this.#events = around.events;
  }

  keep(name: string, options: PersistOptions & { readonly read: () => Kept }): Keeping {
    if (this.#closed) throw closed(this.#storage.file);
    if (this.#entries.has(name)) throw duplicateState(this.#storage.file, name);
    const entry: Entry = { name, version: options.version ?? 1, read: options.read };
    const row = this.#load(name);
    const kept = row && this.#decode(entry, row, options.migrate);
    this.#entries.set(name, entry);
    if (row && row.version !== entry.version) this.#note(entry);
    return { kept, changed: () => this.#note(entry), flush: () => this.flush(), release: () => this.#release(entry) };
  }

  /** Resolves when all that was changed before is committed. Who asks in the same turn shares one commit. */
  flush(): Promise<void> {
    if (this.#changed.size === 0) return this.#next ?? this.#commit;
    this.#next ??= this.#commit.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  /** Writes what is left, and keeps nothing from now on. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.#closed = true;
      this.#disarm?.();
      this.#entries.clear();
    }
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    this.#commit = this.#write();
    return this.#commit;
  }

  async #write(): Promise<void> {
    this.#disarm?.();
    this.#disarm = undefined;
    const entries = [...this.#changed];
    this.#changed.clear();
    try {
      await this.#storage.transaction((db) => this.#save(db, entries));
    } catch (thrown) {
      for (const entry of entries) this.#changed.add(entry);
      this.#events.emit('storage-failed', { service: 'storage', error: errorOf(thrown) });
      this.#arm(TRY_AGAIN);
      throw thrown;
    }
  }

  #save(db: Database, entries: readonly Entry[]): void {
    const upsert = db.prepare(UPSERT);
    for (const { name, version, read } of entries) {
      const { value, deleted } = read();
      upsert.run(name, version, JSON.stringify(value), JSON.stringify(deleted), this.#clock.now());
    }
  }

  #note(entry: Entry): void {
    if (this.#closed) {
      this.#events.emit('storage-failed', { service: 'storage', error: closed(this.#storage.file) });
      return;
    }
    this.#changed.add(entry);
    this.#arm(GATHER);
  }

  #arm(ms: number): void {
    if (this.#closed || this.#disarm) return;
    this.#disarm = this.#clock.setTimeout(() => {
      this.#disarm = undefined;
      this.flush().catch(() => {});
    }, ms);
  }

  async #release(entry: Entry): Promise<void> {
    try {
      if (this.#changed.has(entry)) await this.flush();
    } finally {
      this.#changed.delete(entry);
      if (this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name);
    }
  }

  #load(name: string): Row | undefined {
    if (!this.#prepared) this.#storage.migrate([SCHEMA], { list: 'specter-state' });
    this.#prepared = true;
    try {
      return this.#storage.db.prepare<Row>(SELECT).get(name);
    } catch (thrown) {
      throw storageError(this.#storage.file, thrown);
    }
  }

  #decode(entry: Entry, row: Row, migrate: PersistOptions['migrate']): Kept {
    const deleted = this.#parse(entry.name, row.deleted);
    const value = this.#shaped(entry, { version: row.version, value: this.#parse(entry.name, row.value) }, migrate);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#unreadable(entry.name, 'it is not an object');
    if (!Array.isArray(deleted)) throw this.#unreadable(entry.name, 'what was deleted is not a list');
    return { value, deleted };
  }

  /** The kept value in the shape of this program. */
  #shaped(entry: Entry, row: { version: number; value: unknown }, migrate: PersistOptions['migrate']): unknown {
    const versions = `it has version ${row.version}, and this program has ${entry.version}`;
    if (row.version === entry.version) return row.value;
    if (row.version > entry.version) throw newer(this.#storage.file, `of the state "${entry.name}" ${versions}`);
    if (!migrate) throw this.#unreadable(entry.name, `${versions}, but no persist.migrate`);
    try {
      return migrate(row.value, row.version);
    } catch (cause) {
      throw this.#unreadable(entry.name, `${versions}, and persist.migrate failed: ${messageOf(cause)}`, cause);
    }
  }

  #parse(name: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#unreadable(name, 'it is not JSON', cause);
    }
  }

  #unreadable(name: string, why: string, cause?: unknown): StorageError {
    return unreadableState(this.#storage.file, name, { why, cause });
  }
}
