import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Storage } from '../../src/storage/database.js';
import type { Migration } from '../../src/storage/migrations.js';
import { compiled } from '../processes/compiled.js';
import { makeDirectory, removeDirectories } from './directory.js';

const open: Storage[] = [];

function reopen(file: string): Storage {
  for (const storage of open.splice(0)) storage.close();
  const storage = new Storage({ file });
  open.push(storage);
  return storage;
}

const make = () => reopen(join(makeDirectory(), 'app.sqlite'));

afterEach(() => {
  for (const storage of open.splice(0)) storage.close();
  removeDirectories();
});

const FILMS = 'CREATE TABLE films (title TEXT NOT NULL) STRICT';
const YEAR = 'ALTER TABLE films ADD COLUMN year INTEGER';
const tables = (storage: Storage) =>
  storage.db
    .prepare<string>("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'specter%' AND name NOT LIKE 'sqlite%'")
    .pluck()
    .all();

// Teeth: without the record the second run fails with 'table films already exists'.
test('each step runs once in the life of a file, and new ones run when they come', () => {
  let storage = make();
  const fill = jest.fn((db: Storage['db']) => void db.prepare('INSERT INTO films VALUES (?)').run('Metropolis'));
  storage.migrate([FILMS, fill]);
  storage.migrate([FILMS, fill]);
  storage = reopen(storage.file);
  storage.migrate([FILMS, fill, YEAR]);
  expect(fill).toHaveBeenCalledTimes(1);
  expect(storage.db.prepare('SELECT * FROM films').all()).toEqual([{ title: 'Metropolis', year: null }]);
});

// Teeth: without a transaction around them `films` is there afterwards.
test('when a step fails nothing of the list is applied, and the error names the step', () => {
  const storage = make();
  const broken: Migration[] = [FILMS, YEAR, 'CREATE TABL oops (x)'];
  expect(() => storage.migrate(broken)).toThrow(
    expect.objectContaining({
      code: 'SPECTER_STORAGE_MIGRATION',
      message: expect.stringMatching(/step 3 of "app" failed: near "TABL".*Nothing of this list was applied/),
    }),
  );
  expect(tables(storage)).toEqual([]);
  storage.migrate([FILMS, YEAR]);
  expect(tables(storage)).toEqual(['films']);
});

test('a step must not be asynchronous', () => {
  const storage = make();
  expect(() => storage.migrate([async () => {}])).toThrow(/step 1 of "app" failed: it is asynchronous/);
});

// Teeth: without the checksum a changed step is silently ignored.
test('a step that was changed after it ran is an error, and its white space is not a change', () => {
  const storage = make();
  storage.migrate([FILMS]);
  storage.migrate([`\n${FILMS}\n`]);
  expect(() => storage.migrate(['CREATE TABLE films (name TEXT) STRICT'])).toThrow(
    expect.objectContaining({
      code: 'SPECTER_STORAGE_MIGRATION',
      message: expect.stringContaining('append a new step'),
    }),
  );
});

test('a file that has had more steps than the program knows was written by a newer one', () => {
  const storage = make();
  storage.migrate([FILMS, YEAR]);
  expect(() => storage.migrate([FILMS])).toThrow(expect.objectContaining({ code: 'SPECTER_STORAGE_NEWER' }));
});

test('lists of different names are numbered by themselves', () => {
  const storage = make();
  storage.migrate([FILMS]);
  storage.migrate(['CREATE TABLE jobs (id) '], { list: 'jobs' });
  expect(tables(storage)).toEqual(['films', 'jobs']);
});

test('processes that make and migrate one file at the same time do it once', async () => {
  const file = join(makeDirectory(), 'app.sqlite');
  const script = compiled(join(__dirname, 'migrate-and-write.ts'));
  const runs = Array.from({ length: 3 }, () => promisify(execFile)(process.execPath, [script, file]));
  expect((await Promise.all(runs)).map(({ stdout }) => stdout)).toEqual(['done\n', 'done\n', 'done\n']);
  const storage = reopen(file);
  expect(storage.db.prepare<number>('SELECT count(*) FROM films').pluck().get()).toBe(1 + 3 * 20);
  expect(readdirSync(dirname(file)).filter((name) => name.includes('.new-'))).toEqual([]);
});

test('a foreign key that points nowhere is refused', () => {
  const storage = make();
  storage.migrate([
    'CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE b (a INTEGER NOT NULL REFERENCES a (id)) STRICT',
  ]);
  expect(() => storage.db.prepare('INSERT INTO b VALUES (7)').run()).toThrow(/FOREIGN KEY/);
});
