// StorageError: what went wrong with a database file, where it is, and what to do.
import { type ErrorCode, messageOf, SpecterError } from '../kernel/errors.js';

/** Every failure of storage. `file` is the absolute path of the database, or `:memory:`. */
export class StorageError extends SpecterError {
  readonly file: string;

  constructor(code: ErrorCode, file: string, told: { what: string; next: string; cause?: unknown }) {
    super(code, `${file} ${told.what}. ${told.next}`, told.cause === undefined ? {} : { cause: told.cause });
    this.file = file;
  }
}

type Make = (file: string, why: string, cause?: unknown) => StorageError;

/** The file is a database, but damaged. */
export const corrupt: Make = (file, why, cause) =>
  new StorageError('SPECTER_STORAGE_CORRUPT', file, {
    what: `is damaged: ${why}`,
    next: 'Nothing was changed. Copy it and its -wal file away together, then restore a backup or run "sqlite3 <copy> .recover".',
    cause,
  });

/** The file is not a database, or another program's. */
export const foreign: Make = (file, why, cause) =>
  new StorageError('SPECTER_STORAGE_FOREIGN', file, {
    what: `is not a database of this framework: ${why}`,
    next: 'Nothing was changed. Name another file in storage.file, or move this one away.',
    cause,
  });

/** The file was written by a newer program. */
export const newer: Make = (file, why) =>
  new StorageError('SPECTER_STORAGE_NEWER', file, {
    what: `was written by a newer version: ${why}`,
    next: 'Nothing was changed. Run that version again, or restore a backup from before it.',
  });

/** The file has no content at all, which a database never has. */
export const empty: Make = (file) =>
  new StorageError('SPECTER_STORAGE_EMPTY', file, {
    what: 'is empty (0 bytes), and a database never is: its content was lost, or something else made the file',
    next: 'Restore a backup, or delete the file (and its -wal) to begin with no data.',
  });

/** Another process holds the file. */
export const locked: Make = (file, why, cause) =>
  new StorageError('SPECTER_STORAGE_LOCKED', file, {
    what: `is locked by another process: ${why}`,
    next: `Find it with "lsof ${file}" and stop it, or wait and try again.`,
    cause,
  });

/** The file or its directory cannot be written. */
export const readonly: Make = (file, why, cause) =>
  new StorageError('SPECTER_STORAGE_READONLY', file, {
    what: `cannot be written: ${why}`,
    next: 'Give the user of this process the right to write the file and its directory.',
    cause,
  });

/** No space is left. */
export const full: Make = (file, why, cause) =>
  new StorageError('SPECTER_STORAGE_FULL', file, {
    what: `cannot grow: ${why}`,
    next: 'Free some space; what was committed is safe, and writing works again without a restart.',
    cause,
  });

/** There can be no database at that place. */
export const misplaced: Make = (file, why, cause) =>
  new StorageError('SPECTER_STORAGE_PATH', file, {
    what: `cannot hold the database: ${why}`,
    next: 'Name a regular file on a local disk in storage.file.',
    cause,
  });

/** The driver is there, but not its compiled part. */
export function bindingMissing(file: string, cause: unknown): StorageError {
  const host = `Node ${process.version} on ${process.platform}-${process.arch}`;
  return new StorageError('SPECTER_STORAGE_BINDING', file, {
    what: `cannot be opened: better-sqlite3 has no native binding for ${host}`,
    next:
      'Its install script was blocked, failed, or ran for another Node. Run: npm approve-scripts better-sqlite3 && npm rebuild better-sqlite3 ' +
      '(npm before 11: npm rebuild better-sqlite3 --ignore-scripts=false; pnpm: pnpm approve-builds && pnpm rebuild better-sqlite3)',
    cause,
  });
}

/** The driver is not there. */
export function driverMissing(file: string, cause: unknown): StorageError {
  return new StorageError('SPECTER_STORAGE_BINDING', file, {
    what: 'cannot be opened: the package better-sqlite3 is not installed',
    next: 'Run: npm install better-sqlite3',
    cause,
  });
}

/** The driver carries an SQLite that may damage files. */
export function unsafeSqlite(file: string, version: string): StorageError {
  return new StorageError('SPECTER_STORAGE_SQLITE', file, {
    what: `was not opened: better-sqlite3 carries SQLite ${version}, which can corrupt a database that two connections use`,
    next: 'Run: npm install better-sqlite3@latest (12.8.0 or newer)',
  });
}

/** The database was closed already. */
export function closed(file: string): StorageError {
  return new StorageError('SPECTER_STORAGE_CLOSED', file, {
    what: 'is closed: the application has stopped',
    next: 'Finish writing in onStop(), which runs before the database closes.',
  });
}

/** A step that ran once is not what it was, or a step failed. */
export function migrationFailed(file: string, what: string, told: { next: string; cause?: unknown }): StorageError {
  return new StorageError('SPECTER_STORAGE_MIGRATION', file, { what: `cannot be migrated: ${what}`, ...told });
}

/** Two states are kept under one name. */
export function duplicateState(file: string, name: string): StorageError {
  return new StorageError('SPECTER_STORAGE_DUPLICATE', file, {
    what: `already keeps a state called "${name}"`,
    next: 'Give one of the two stores or models another name, or destroy the first one before.',
  });
}

/** One kept state cannot be read. */
export function unreadableState(file: string, name: string, told: { why: string; cause?: unknown }): StorageError {
  return new StorageError('SPECTER_STORAGE_STATE', file, {
    what: `keeps a state "${name}" that cannot be read: ${told.why}`,
    next: `Nothing was changed. Look with: sqlite3 ${file} "SELECT * FROM specter_state WHERE name = '${name.replaceAll("'", "''")}'"; repair the row, or delete it to begin with the initial value.`,
    cause: told.cause,
  });
}

/** What the driver says; its errors are no Errors of this realm when it was first loaded in another. */
export function reasonOf(thrown: unknown): string {
  const message = typeof thrown === 'object' && thrown !== null ? (thrown as { message?: unknown }).message : undefined;
  return typeof message === 'string' ? message : messageOf(thrown);
}

/** What SQLite says, in our words; other errors are passed on. */
export function storageError(file: string, thrown: unknown): unknown {
  const code = codeOf(thrown);
  const make = KINDS.find(([prefix]) => code.startsWith(prefix))?.[1];
  return make ? make(file, `${reasonOf(thrown)} (${code})`, thrown) : thrown;
}

/** Whether another connection was in the way, so that trying again makes sense. */
export function isBusy(thrown: unknown): boolean {
  return codeOf(thrown).startsWith('SQLITE_BUSY');
}

const KINDS: readonly (readonly [string, Make])[] = [
  ['SQLITE_CORRUPT', corrupt],
  ['SQLITE_NOTADB', foreign],
  ['SQLITE_BUSY', locked],
  ['SQLITE_LOCKED', locked],
  ['SQLITE_READONLY', readonly],
  ['SQLITE_PERM', readonly],
  ['SQLITE_FULL', full],
  ['SQLITE_CANTOPEN', misplaced],
  ['SQLITE_IOERR', misplaced],
];

function codeOf(thrown: unknown): string {
  const code = typeof thrown === 'object' && thrown !== null ? (thrown as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}
