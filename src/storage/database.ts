// Storage: the application's SQLite database, opened on first use and closed last.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type Driver from 'better-sqlite3';
import { type Clock, systemClock } from '../kernel/clock.js';
import { errorOf } from '../kernel/errors.js';
import { Events } from '../kernel/events.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { APPLICATION_ID, FORMAT, prepareFile } from './database-file.js';
import { bindingMissing, closed, corrupt, driverMissing, isBusy, storageError, unsafeSqlite } from './errors.js';
import { storageWordings } from './events.js';
import type { Database } from './handle.js';
import { type Migration, runMigrations } from './migrations.js';

export interface StorageOptions {
  /** The path of the database, or `':memory:'`. */
  readonly file: string;
  /** Where it reports. @default none of an application */
  readonly events?: Events;
  /** Times the waits for other processes. @default the system's clock */
  readonly clock?: Clock;
}

/** The handle, and what only this file does with it. */
interface Connection extends Database {
  transaction<T>(work: () => T): { immediate(): T };
  close(): unknown;
}

type DriverClass = new (file: string, options?: Driver.Options) => Connection;

/** Milliseconds that a statement may hold up everything while another process writes. */
const BUSY_TIMEOUT = 25;
/** The same while opening and migrating, when nothing else goes on yet. */
const BOOT_TIMEOUT = 1_000;
/** Milliseconds for which a transaction is tried again without holding anything up. */
const RETRY_FOR = 5_000;
const RETRY_EVERY = 20;

/**
 * The application's own database (SQLite, through better-sqlite3). Injectable.
 *
 * A commit has reached the disk when it returns (`synchronous=FULL`). A file that is damaged, empty or somebody else's is
 * refused and never written to.
 *
 * @example
 * storage.migrate(['CREATE TABLE films (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT']);
 * await storage.transaction((db) => db.prepare('INSERT INTO films (title) VALUES (?)').run('Metropolis'));
 */
export class Storage {
  /** The absolute path of the database, or `':memory:'`. */
  readonly file: string;
  readonly #events: Events;
  readonly #clock: Clock;
  #connection: Connection | undefined;
  #closed = false;

  /** Opens nothing yet. */
  constructor(options: StorageOptions) {
    this.file = options.file === ':memory:' ? options.file : resolve(options.file);
    this.#clock = options.clock ?? systemClock;
    this.#events = options.events ?? new Events(this.#clock);
    this.#events.word(storageWordings);
  }

  /** Whether it has been used. */
  get opened(): boolean {
    return this.#connection !== undefined;
  }

  /** The open database. @throws SPECTER_STORAGE_... when the file is not usable, with its path and what to do */
  get db(): Database {
    return this.#open();
  }

  /**
   * Runs the steps that this file has not had yet, all in one transaction; each runs once in the life of the file.
   *
   * @param steps - SQL, or functions; append new ones and never change old ones
   * @param options.list - the name of this list of steps, when there are several. @default 'app'
   * @throws SPECTER_STORAGE_MIGRATION when a step fails or was changed afterwards, SPECTER_STORAGE_NEWER when the file has had more
   */
  migrate(steps: readonly Migration[], options: { readonly list?: string } = {}): void {
    checkOptionKeys('storage.migrate()', options, ['list']);
    const connection = this.#open();
    connection.pragma(`busy_timeout = ${BOOT_TIMEOUT}`);
    try {
      const run = () =>
        runMigrations(connection, { file: this.file, list: options.list ?? 'app', steps, now: this.#clock.now() });
      connection.transaction(run).immediate();
    } catch (thrown) {
      throw storageError(this.file, thrown);
    } finally {
      connection.pragma(`busy_timeout = ${BUSY_TIMEOUT}`);
    }
  }

  /**
   * Runs `work` in one write transaction: all of it is committed, or nothing. `work` must not be asynchronous.
   * While another process writes it is tried again, without holding up this one.
   *
   * @throws what `work` throws, or SPECTER_STORAGE_LOCKED after 5,000 ms
   */
  async transaction<T>(work: (db: Database) => T): Promise<T> {
    const end = this.#clock.monotonic() + RETRY_FOR;
    for (;;) {
      try {
        const connection = this.#open();
        return connection.transaction(() => work(connection)).immediate();
      } catch (thrown) {
        if (!isBusy(thrown) || this.#clock.monotonic() >= end) throw storageError(this.file, thrown);
        await this.#clock.sleep(RETRY_EVERY);
      }
    }
  }

  /** Empties the write-ahead log into the file and closes it. What is used afterwards throws. */
  close(): void {
    this.#closed = true;
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection) return;
    try {
      connection.pragma('wal_checkpoint(TRUNCATE)');
    } catch (thrown) {
      this.#events.emit('storage-failed', { service: 'storage', error: errorOf(storageError(this.file, thrown)) });
    } finally {
      connection.close();
    }
  }

  #open(): Connection {
    if (this.#closed) throw closed(this.file);
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  #connect(): Connection {
    const begun = this.#clock.monotonic();
    const connection = openDatabase(this.file);
    const duration = this.#clock.monotonic() - begun;
    this.#events.emit('storage-opened', { service: 'storage', file: this.file, duration });
    return connection;
  }
}

/**
 * Opens a database, or refuses to.
 *
 * @param from - where the driver is looked for
 */
export function openDatabase(file: string, from: NodeJS.Require = createRequire(import.meta.url)): Connection {
  const driver = loadDriver(file, from);
  try {
    if (file !== ':memory:') {
      prepareFile(file, (fresh) => fillFile(driver, fresh));
      checkContent(driver, file);
    }
    return openConnection(driver, file);
  } catch (thrown) {
    throw storageError(file, thrown);
  }
}

/** The compiled part is loaded with the first database, so one in memory tells whether it is there. */
function loadDriver(file: string, from: NodeJS.Require): DriverClass {
  const driver = requireDriver(file, from);
  let version: unknown;
  try {
    const probe = new driver(':memory:');
    version = probe.prepare('SELECT sqlite_version()').pluck().get();
    probe.close();
  } catch (cause) {
    throw bindingMissing(file, cause);
  }
  if (!isSafeSqlite(String(version))) throw unsafeSqlite(file, String(version));
  return driver;
}

function requireDriver(file: string, from: NodeJS.Require): DriverClass {
  try {
    return from('better-sqlite3') as DriverClass;
  } catch (cause) {
    throw (cause as { code?: unknown }).code === 'MODULE_NOT_FOUND'
      ? driverMissing(file, cause)
      : bindingMissing(file, cause);
  }
}

/** 3.51.3 mends a loss of data when two connections write and checkpoint at once; 3.52.0 was withdrawn. */
export function isSafeSqlite(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major * 1e6 + minor * 1e3 + patch >= 3_051_003 && version !== '3.52.0';
}

function fillFile(driver: DriverClass, file: string): void {
  const connection = new driver(file);
  connection.pragma(`application_id = ${APPLICATION_ID}`);
  connection.pragma(`user_version = ${FORMAT}`);
  connection.close();
}

/** Read-only, so that a suspect file stays as it is: closing a writer would empty its log into it. */
function checkContent(driver: DriverClass, file: string): void {
  const connection = new driver(file, { readonly: true, fileMustExist: true, timeout: BOOT_TIMEOUT });
  try {
    const verdict = connection.pragma('quick_check(1)', { simple: true });
    if (verdict !== 'ok') throw corrupt(file, `quick_check says: ${verdict}`);
  } finally {
    connection.close();
  }
}

function openConnection(driver: DriverClass, file: string): Connection {
  const connection = new driver(file, { timeout: BOOT_TIMEOUT });
  try {
    configure(connection);
    return connection;
  } catch (thrown) {
    connection.close();
    throw thrown;
  }
}

/** On every open: the driver's default at a second open is synchronous=NORMAL, which loses commits in a power cut. */
function configure(connection: Connection): void {
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma('trusted_schema = OFF');
  connection.pragma('cell_size_check = ON');
  connection.pragma(`journal_size_limit = ${64 * 1024 * 1024}`);
  connection.pragma('mmap_size = 0');
  connection.pragma(`busy_timeout = ${BUSY_TIMEOUT}`);
}
