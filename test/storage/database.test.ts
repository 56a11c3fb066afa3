import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import Driver from 'better-sqlite3';
import { Events, type LifecycleEvent } from '../../src/kernel/events.js';
import { isSafeSqlite, openDatabase, Storage } from '../../src/storage/database.js';
import { isNetwork, prepareFile } from '../../src/storage/database-file.js';
import { StorageError, storageError } from '../../src/storage/errors.js';
import { hashOf, makeDirectory, removeDirectories } from './directory.js';

const open: Storage[] = [];

function makeStorage(file: string, events = new Events()): Storage {
  const storage = new Storage({ file, events });
  open.push(storage);
  return storage;
}

afterEach(() => {
  for (const storage of open.splice(0)) storage.close();
  removeDirectories();
});

function failure(work: () => unknown): StorageError {
  try {
    work();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const pragma = (storage: Storage, name: string) => storage.db.pragma(name, { simple: true });

/** A healthy database with a table in it. */
function healthy(): string {
  const file = join(makeDirectory(), 'app.sqlite');
  const storage = new Storage({ file });
  storage.migrate(['CREATE TABLE films (id INTEGER PRIMARY KEY, title TEXT) STRICT']);
  const insert = storage.db.prepare('INSERT INTO films (title) VALUES (?)');
  storage.db.exec('BEGIN');
  for (let i = 0; i < 2_000; i++) insert.run(`a film with the number ${i}`);
  storage.db.exec('COMMIT');
  storage.close();
  return file;
}

describe('opening', () => {
  // Teeth: opening in the constructor makes the first expectation fail.
  test('happens on first use, and is told once with the absolute path', () => {
    const events = new Events();
    const heard: LifecycleEvent[] = [];
    events.on('*', (event) => heard.push(event));
    const file = join(makeDirectory(), 'deep', 'er', 'app.sqlite');
    const storage = makeStorage(file, events);
    expect([storage.opened, existsSync(dirname(file)), storage.file]).toEqual([false, false, file]);
    expect(storage.db).toBe(storage.db);
    expect(storage.opened).toBe(true);
    expect(heard).toMatchObject([{ type: 'storage-opened', file }]);
    expect(events.wordingOf(heard[0] as LifecycleEvent)).toEqual({ level: 'info', text: `Storage opened: ${file}` });
  });

  test('a relative path is taken from where the process stands, and memory leaves no file', () => {
    expect(makeStorage('data/app.sqlite').file).toBe(join(process.cwd(), 'data/app.sqlite'));
    const memory = makeStorage(':memory:');
    expect(memory.db.prepare<number>('SELECT 1').pluck().get()).toBe(1);
    expect(existsSync(':memory:')).toBe(false);
  });

  // Teeth: leaving `synchronous` to the driver reads 1 at the second open.
  test('sets every safeguard on every connection, at the first open and at the third', () => {
    const file = join(makeDirectory(), 'app.sqlite');
    for (let round = 0; round < 3; round++) {
      const storage = makeStorage(file);
      expect(pragma(storage, 'journal_mode')).toBe('wal');
      expect(pragma(storage, 'synchronous')).toBe(2);
      expect(pragma(storage, 'busy_timeout')).toBe(25);
      expect(pragma(storage, 'foreign_keys')).toBe(1);
      expect(pragma(storage, 'trusted_schema')).toBe(0);
      expect(pragma(storage, 'cell_size_check')).toBe(1);
      expect(pragma(storage, 'journal_size_limit')).toBe(64 * 1024 * 1024);
      expect(pragma(storage, 'mmap_size')).toBe(0);
      expect(pragma(storage, 'application_id')).toBe(0x53504543);
      expect(pragma(storage, 'user_version')).toBe(1);
      storage.close();
    }
  });

  // Teeth: with the default mode the file and its log are readable by everybody.
  test('makes files that only their user can read', () => {
    const file = join(makeDirectory(), 'data', 'app.sqlite');
    const before = process.umask(0o022);
    const storage = makeStorage(file);
    storage.migrate(['CREATE TABLE t (x)']);
    process.umask(before);
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect([mode(dirname(file)), mode(file), mode(`${file}-wal`), mode(`${file}-shm`)]).toEqual([
      0o700, 0o600, 0o600, 0o600,
    ]);
    expect(readFileSync(file).length).toBeGreaterThan(0);
  });

  // Teeth: renaming instead of linking puts ours in the place of theirs.
  test('never replaces a file that another process has made meanwhile', () => {
    const file = join(makeDirectory(), 'app.sqlite');
    prepareFile(file, (fresh) => {
      writeFileSync(fresh, 'ours');
      writeFileSync(file, 'theirs');
    });
    expect(readFileSync(file, 'utf8')).toBe('theirs');
  });

  test('leaves nothing beside the file, before and after', () => {
    const directory = makeDirectory();
    const storage = makeStorage(join(directory, 'app.sqlite'));
    storage.migrate(['CREATE TABLE t (x)']);
    storage.close();
    expect(readdirSync(directory)).toEqual(['app.sqlite']);
  });
});

/** Each is made at a path, and must be refused with a code, a path and advice, in a second, with its bytes untouched. */
describe('a file that cannot be trusted', () => {
  const cases: [string, string, (file: string) => void, RegExp][] = [
    ['of zero length', 'SPECTER_STORAGE_EMPTY', (file) => writeFileSync(file, ''), /0 bytes/],
    [
      'with text',
      'SPECTER_STORAGE_FOREIGN',
      (file) => writeFileSync(file, 'a letter to a friend\n'.repeat(99)),
      /does not begin/,
    ],
    ['with a destroyed header', 'SPECTER_STORAGE_FOREIGN', (file) => damage(file, 0, 64), /does not begin/],
    [
      'of another program',
      'SPECTER_STORAGE_FOREIGN',
      (file) => void new Driver(file).exec('CREATE TABLE t (x)').close(),
      /application_id/,
    ],
    ['of a newer version', 'SPECTER_STORAGE_NEWER', (file) => withDriver(file, 'PRAGMA user_version = 7'), /format 7/],
    ['with a destroyed page', 'SPECTER_STORAGE_CORRUPT', (file) => damage(file, 4096 * 5, 4096), /quick_check/],
    ['cut in half', 'SPECTER_STORAGE_CORRUPT', (file) => cut(file, 0.5), /malformed|quick_check/],
    ['cut in its header', 'SPECTER_STORAGE_CORRUPT', (file) => cut(file, 0.0005), /ends after/],
    ['that is a directory', 'SPECTER_STORAGE_PATH', (file) => mkdirSync(file), /a directory/],
    ['that is a link', 'SPECTER_STORAGE_PATH', (file) => symlinkSync(healthy(), file), /symbolic link/],
    ['that leads nowhere', 'SPECTER_STORAGE_PATH', (file) => symlinkSync('/nowhere', file), /symbolic link/],
    [
      'that is gone, with its log left',
      'SPECTER_STORAGE_CORRUPT',
      (file) => writeFileSync(`${file}-wal`, 'x'.repeat(99)),
      /missing/,
    ],
  ];

  function withDriver(file: string, sql: string): void {
    cpSync(healthy(), file);
    new Driver(file).exec(sql).close();
  }

  function damage(file: string, from: number, length: number): void {
    const bytes = readFileSync(healthy());
    bytes.fill(0xa5, from, from + length);
    writeFileSync(file, bytes);
  }

  function cut(file: string, part: number): void {
    const bytes = readFileSync(healthy());
    writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * part)));
  }

  // Teeth: without quick_check the destroyed page opens; without the checks before it the empty and the foreign file do.
  test.each(cases)('%s is refused with %s', (_what, code, make, why) => {
    const file = join(makeDirectory(), 'app.sqlite');
    make(file);
    const before = [hashOf(file), hashOf(`${file}-wal`)];
    const begun = performance.now();
    const error = failure(() => makeStorage(file).db);
    expect(performance.now() - begun).toBeLessThan(process.env.SPECTER_TIMINGS ? 1_000 : 10_000);
    expect([error.code, error.file]).toEqual([code, file]);
    expect(error.message).toMatch(why);
    expect(error.message).toContain(file);
    expect(error.message).toMatch(/(Restore|restore|Name|Run) /);
    expect([hashOf(file), hashOf(`${file}-wal`)]).toEqual(before);
  });

  test('rubbish in the log of a healthy file does no harm', () => {
    const file = healthy();
    writeFileSync(`${file}-wal`, 'rubbish'.repeat(1_000));
    expect(makeStorage(file).db.prepare<number>('SELECT count(*) FROM films').pluck().get()).toBe(2_000);
  });

  test('a file that another process holds is refused as locked within 1.5 s', () => {
    const file = healthy();
    const other = new Driver(file);
    other.pragma('locking_mode = EXCLUSIVE');
    other.exec('BEGIN EXCLUSIVE');
    const begun = performance.now();
    const error = failure(() => makeStorage(file).db);
    expect(error.code).toBe('SPECTER_STORAGE_LOCKED');
    expect(error.message).toContain(`lsof ${file}`);
    expect(performance.now() - begun).toBeLessThan(process.env.SPECTER_TIMINGS ? 1_500 : 10_000);
    other.close();
  });

  test('a directory that cannot be made is named', () => {
    const blocked = join(makeDirectory(), 'file');
    writeFileSync(blocked, '');
    expect(failure(() => makeStorage(join(blocked, 'data', 'app.sqlite')).db).code).toBe('SPECTER_STORAGE_PATH');
  });

  (process.getuid?.() === 0 ? test.skip : test)('a file that may not be written is refused', () => {
    const file = healthy();
    chmodSync(file, 0o400);
    expect(failure(() => makeStorage(file).db).code).toBe('SPECTER_STORAGE_READONLY');
  });

  test('network file systems and versions of SQLite that lose data are known', () => {
    expect([0x6969, 0xff534d42, 0xfe534d42].every(isNetwork)).toBe(true);
    expect([0xef53, 0x9123683e, 0x01021994].some(isNetwork)).toBe(false);
    expect(['3.51.3', '3.52.1', '3.53.0', '4.0.0'].every(isSafeSqlite)).toBe(true);
    expect(['3.7.0', '3.51.2', '3.52.0', '3.9.9'].some(isSafeSqlite)).toBe(false);
  });
});

describe('the driver', () => {
  /** The driver's files in a directory of their own, with or without its compiled part. */
  function strangersProject(): string {
    const directory = makeDirectory();
    const modules = dirname(dirname(require.resolve('better-sqlite3/package.json')));
    for (const name of ['better-sqlite3/package.json', 'better-sqlite3/lib', 'bindings', 'file-uri-to-path']) {
      cpSync(join(modules, name), join(directory, 'node_modules', name), { recursive: true });
    }
    return directory;
  }

  // Teeth: letting the driver's own error through gives 'Could not locate the bindings file' and a stack.
  test('without its compiled part says exactly which line cures it', () => {
    const from = createRequire(join(strangersProject(), 'index.js'));
    const error = failure(() => openDatabase(':memory:', from));
    expect(error.code).toBe('SPECTER_STORAGE_BINDING');
    expect(error.message).toContain('npm approve-scripts better-sqlite3 && npm rebuild better-sqlite3');
    expect(error.message).toContain(`Node ${process.version}`);
    expect(error.message).not.toContain('\n');
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('that is not installed says so', () => {
    const error = failure(() => openDatabase(':memory:', createRequire(join(makeDirectory(), 'index.js'))));
    expect(error.code).toBe('SPECTER_STORAGE_BINDING');
    expect(error.message).toContain('npm install better-sqlite3');
  });

  test('with an SQLite that can lose data is not used', () => {
    class Old {
      prepare() {
        return { pluck: () => ({ get: () => '3.51.2' }) };
      }
      close() {}
    }
    const from = (() => Old) as unknown as NodeJS.Require;
    expect(failure(() => openDatabase(':memory:', from)).code).toBe('SPECTER_STORAGE_SQLITE');
  });
});

describe('transactions', () => {
  const make = () => {
    const storage = makeStorage(join(makeDirectory(), 'app.sqlite'));
    storage.migrate(['CREATE TABLE t (x INTEGER) STRICT']);
    const count = () => storage.db.prepare<number>('SELECT count(*) FROM t').pluck().get();
    return { storage, count };
  };

  test('commit all of their work, or nothing', async () => {
    const { storage, count } = make();
    expect(await storage.transaction((db) => db.prepare('INSERT INTO t VALUES (1)').run().changes)).toBe(1);
    const failing = storage.transaction((db) => {
      db.exec('INSERT INTO t VALUES (2)');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await expect(storage.transaction(async (db) => db.exec('INSERT INTO t VALUES (3)'))).rejects.toThrow(/promise/);
    expect(count()).toBe(1);
  });

  // Teeth: a busy_timeout of 5,000 ms instead of the tries holds the loop for as long as the lock lasts.
  test('wait for another writer without holding up this process', async () => {
    const { storage, count } = make();
    const other = new Driver(storage.file);
    other.exec('BEGIN IMMEDIATE');
    const writing = storage.transaction((db) => db.exec('INSERT INTO t VALUES (1)'));
    let longest = 0;
    for (let turn = 0, last = performance.now(); turn < 200; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
    expect(longest).toBeLessThan(process.env.SPECTER_TIMINGS ? 500 : 4_000);
    other.exec('COMMIT');
    other.close();
    await writing;
    expect(count()).toBe(1);
  });

  test('a full disk, and a database that may only be read, have names of their own', async () => {
    const { storage } = make();
    const pages = pragma(storage, 'page_count');
    storage.db.pragma(`max_page_count = ${Number(pages) + 1}`);
    const blob = Buffer.alloc(64 * 1024);
    const filling = storage.transaction(
      (db) => db.exec('CREATE TABLE b (x BLOB)') && db.prepare('INSERT INTO b VALUES (?)').run(blob),
    );
    await expect(filling).rejects.toMatchObject({ code: 'SPECTER_STORAGE_FULL' });
    storage.db.pragma('max_page_count = 1000000');
    await storage.transaction((db) => db.exec('INSERT INTO t VALUES (1)'));
    storage.db.pragma('query_only = ON');
    await expect(storage.transaction((db) => db.exec('INSERT INTO t VALUES (1)'))).rejects.toMatchObject({
      code: 'SPECTER_STORAGE_READONLY',
      message: expect.stringContaining(storage.file),
    });
    const other = new Error('not SQLite');
    expect(storageError(storage.file, other)).toBe(other);
  });
});

describe('closing', () => {
  // Teeth: without the checkpoint the log is still there when another connection is open.
  test('empties the log into the file, and refuses what comes later', () => {
    const file = join(makeDirectory(), 'app.sqlite');
    const storage = makeStorage(file);
    storage.migrate(['CREATE TABLE t (x)']);
    const other = new Driver(file);
    expect(other.pragma('schema_version')).toEqual([{ schema_version: 2 }]);
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    storage.close();
    expect(statSync(`${file}-wal`).size).toBe(0);
    other.close();
    storage.close();
    expect(failure(() => storage.db).code).toBe('SPECTER_STORAGE_CLOSED');
  });

  test('closing what was never used opens nothing', () => {
    const file = join(makeDirectory(), 'app.sqlite');
    makeStorage(file).close();
    expect(existsSync(file)).toBe(false);
  });
});
