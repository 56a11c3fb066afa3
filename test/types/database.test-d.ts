// The driver's own types must fit ours, and ours must not let `any` through; `npx tsc -p tsconfig.json` is the test.
import Driver from 'better-sqlite3';
import type { Database } from '../../src/storage/handle.js';

export const db: Database = new Driver(':memory:');

const row = db.prepare('SELECT 1').get();
// @ts-expect-error a row is unknown until its type is said
row.title;
const title: string | undefined = db.prepare<{ title: string }>('SELECT title FROM films WHERE id = ?').get(7)?.title;
db.prepare('INSERT INTO films VALUES (:title)').run({ title: title ?? null });
// @ts-expect-error SQLite has no type for a date
db.prepare('SELECT ?').get(new Date());
