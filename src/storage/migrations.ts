// Migrations: numbered steps that a database file goes through once, and that are checked ever after.
import { createHash } from 'node:crypto';
import { migrationFailed, newer, reasonOf } from './errors.js';
import type { Database } from './handle.js';

/** One step: SQL, or a function for what SQL cannot do. It must not be asynchronous. */
export type Migration = string | ((db: Database) => void);

/** What is to be run, and on which file. */
export interface MigrationRun {
  readonly file: string;
  /** Whose steps they are; each list is numbered by itself. */
  readonly list: string;
  readonly steps: readonly Migration[];
  /** Wall time, for the record. */
  readonly now: number;
}

interface Done {
  readonly step: number;
  readonly checksum: string;
}

const TABLE = `CREATE TABLE IF NOT EXISTS specter_migrations (
  list TEXT NOT NULL,
  step INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  PRIMARY KEY (list, step)
) STRICT`;

/** Runs what has not run yet. The caller's transaction makes it all or nothing, and keeps two processes apart. */
export function runMigrations(db: Database, run: MigrationRun): void {
  db.exec(TABLE);
  const done = db
    .prepare<Done>('SELECT step, checksum FROM specter_migrations WHERE list = ? ORDER BY step')
    .all(run.list);
  checkDone(done, run);
  const record = db.prepare('INSERT INTO specter_migrations (list, step, checksum, applied_at) VALUES (?, ?, ?, ?)');
  for (const [index, step] of run.steps.entries()) {
    if (index < done.length) continue;
    runStep(db, step, { ...run, number: index + 1 });
    record.run(run.list, index + 1, checksumOf(step), run.now);
  }
}

function checkDone(done: readonly Done[], run: MigrationRun): void {
  if (done.length > run.steps.length) {
    throw newer(run.file, `it has had ${done.length} steps of "${run.list}", and this program has ${run.steps.length}`);
  }
  for (const { step, checksum } of done) {
    if (checksum === checksumOf(run.steps[step - 1] as Migration)) continue;
    throw migrationFailed(run.file, `step ${step} of "${run.list}" is not the one that ran`, {
      next: 'Put it back as it was, and append a new step for the change.',
    });
  }
}

function runStep(db: Database, step: Migration, run: MigrationRun & { number: number }): void {
  try {
    const returned: unknown = typeof step === 'string' ? db.exec(step) && undefined : step(db);
    if (returned instanceof Promise) throw new TypeError('it is asynchronous');
  } catch (cause) {
    throw migrationFailed(run.file, `step ${run.number} of "${run.list}" failed: ${reasonOf(cause)}`, {
      next: 'Nothing of this list was applied. Mend the step and start again.',
      cause,
    });
  }
}

/** A function's text depends on the compiler, so only that it is one is remembered. */
function checksumOf(step: Migration): string {
  return typeof step === 'string' ? createHash('sha256').update(step.trim()).digest('hex') : 'function';
}
