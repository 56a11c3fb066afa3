// Catalogue: what is known of every file, in the application's database. A killed hub has lost at most what it was about to write.
import { resolve } from 'node:path';
import { dirname } from 'node:path/posix';
import { Clock, Service, Storage } from 'specter-runtime';
import { HubConfig } from '../hub-config.js';
import { itemOf, type Row, rowOf } from './catalogue-row.js';
import { SCHEMA } from './catalogue-schema.js';
import type { FileFacts } from './folder-view.js';
import type { Item } from './item.js';
import type { ListQuery } from './list-query.js';

/** A file without a checksum. */
export interface Waiting extends FileFacts {
  readonly path: string;
}

/** What came of reading a file as it was when it was `Waiting`. */
export interface Checked extends Waiting {
  readonly checksum?: string;
  readonly error?: string;
}

export interface Counts {
  readonly files: number;
  readonly waiting: number;
  readonly unreadable: number;
}

/** Files of the same content. */
export interface Duplicates {
  readonly checksum: string;
  readonly size: number;
  readonly paths: readonly string[];
}

const HERE = 'folder = ? AND gone IS NULL';
const COPIES = `CASE WHEN checksum IS NULL THEN 1 ELSE
  (SELECT count(*) FROM files other WHERE other.folder = files.folder AND other.gone IS NULL AND other.checksum = files.checksum) END AS copies`;

const SAME = 'size = excluded.size AND modified = excluded.modified';
const PUT = `INSERT INTO files (folder, path, id, name, kind, size, modified, state)
  VALUES (@folder, @path, @id, @name, @kind, @size, @modified, 'waiting')
  ON CONFLICT (folder, path) DO UPDATE SET gone = NULL, error = NULL, size = excluded.size, modified = excluded.modified,
    checksum = CASE WHEN ${SAME} THEN checksum END,
    state = CASE WHEN ${SAME} AND checksum IS NOT NULL THEN 'ready' ELSE 'waiting' END`;

@Service()
export class Catalogue {
  readonly #folder: string;

  constructor(
    private readonly storage: Storage,
    private readonly clock: Clock,
    config: HubConfig,
  ) {
    this.#folder = resolve(config.folder);
  }

  onStart(): void {
    this.storage.migrate(SCHEMA, { list: 'catalogue' });
  }

  /** The files that were there when the hub last looked. */
  known(): Map<string, FileFacts> {
    const rows = this.#all<Waiting>(`SELECT path, size, modified FROM files WHERE ${HERE}`);
    return new Map(rows.map(({ path, size, modified }) => [path, { size, modified }]));
  }

  /** Takes over files that are new, changed, or back. A checksum stays with its file as long as that is the same. */
  async put(files: readonly (readonly [string, FileFacts])[]): Promise<void> {
    await this.storage.transaction((db) => {
      const write = db.prepare(PUT);
      for (const [path, facts] of files) write.run(rowOf(this.#folder, path, facts));
    });
  }

  /** Takes files out of sight; what is known of them stays for a while, in case they come back. */
  async letGo(paths: readonly string[]): Promise<void> {
    await this.storage.transaction((db) => {
      const write = db.prepare('UPDATE files SET gone = ? WHERE folder = ? AND path = ?');
      for (const path of paths) write.run(this.clock.now(), this.#folder, path);
    });
  }

  /** Files that need a checksum. */
  waiting(most: number): Waiting[] {
    return this.#all(
      `SELECT path, size, modified FROM files WHERE ${HERE} AND state = 'waiting' ORDER BY path LIMIT ?`,
      most,
    );
  }

  /** Writes results down, except for files that have changed meanwhile: they are still waiting. */
  async check(results: readonly Checked[]): Promise<void> {
    await this.storage.transaction((db) => {
      const write = db.prepare(
        `UPDATE files SET state = ?, checksum = ?, error = ? WHERE folder = ? AND path = ? AND size = ? AND modified = ?`,
      );
      for (const { path, size, modified, checksum = null, error = null } of results) {
        write.run(checksum ? 'ready' : 'unreadable', checksum, error, this.#folder, path, size, modified);
      }
    });
  }

  /** Puts unreadable files back in line. @returns how many */
  async retryUnreadable(): Promise<number> {
    return this.storage.transaction(
      (db) =>
        db.prepare(`UPDATE files SET state = 'waiting' WHERE ${HERE} AND state = 'unreadable'`).run(this.#folder)
          .changes,
    );
  }

  /** Forgets files that have been gone since before a moment. */
  async forget(before: number): Promise<void> {
    await this.storage.transaction((db) =>
      db.prepare('DELETE FROM files WHERE folder = ? AND gone < ?').run(this.#folder, before),
    );
  }

  counts(): Counts {
    const rows = this.#all<{ state: string; files: number }>(
      `SELECT state, count(*) AS files FROM files WHERE ${HERE} GROUP BY state`,
    );
    const of = (state: string) => rows.find((row) => row.state === state)?.files ?? 0;
    return {
      files: rows.reduce((sum, row) => sum + row.files, 0),
      waiting: of('waiting'),
      unreadable: of('unreadable'),
    };
  }

  find({ search, kind, sort, page, size }: ListQuery): { items: Item[]; total: number } {
    const where = `${HERE} AND (? IS NULL OR path LIKE ? ESCAPE '\\') AND (? IS NULL OR kind = ?)`;
    const like = search === undefined ? null : `%${search.replace(/[\\%_]/g, '\\$&')}%`;
    const filter = [like, like, kind ?? null, kind ?? null];
    const [{ total } = { total: 0 }] = this.#all<{ total: number }>(
      `SELECT count(*) AS total FROM files WHERE ${where}`,
      ...filter,
    );
    // The sort comes from a list of words that the query was checked against, so it may stand in the statement.
    const order = `${sort.replace('-', '')} COLLATE NOCASE ${sort.startsWith('-') ? 'DESC' : 'ASC'}, path`;
    const rows = this.#all<Row>(
      `SELECT *, ${COPIES} FROM files WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`,
      ...filter,
      size,
      (page - 1) * size,
    );
    return { items: rows.map(itemOf), total };
  }

  get(id: string): Item | undefined {
    const [row] = this.#all<Row>(`SELECT *, ${COPIES} FROM files WHERE ${HERE} AND id = ?`, id);
    return row && itemOf(row);
  }

  /** The folders that have files in them; `.` is the media folder itself. */
  folders(): string[] {
    return [...new Set([...this.known().keys()].map((path) => dirname(path)))].sort();
  }

  /** The files of one folder, without those of the folders inside it. */
  within(folder: string): Item[] {
    const start = folder === '.' ? '' : `${folder}/`;
    // A slash comes right before a zero: all paths that begin so stand in the index one after the other.
    const end = folder === '.' ? '\u{10ffff}' : `${folder}0`;
    const rows = this.#all<Row>(
      `SELECT *, 1 AS copies FROM files WHERE ${HERE} AND path >= ? AND path < ? AND instr(substr(path, length(?) + 1), '/') = 0`,
      ...[start, end, start],
    );
    return rows.map(itemOf);
  }

  /** Paths of the same content, in groups. */
  duplicates(): Duplicates[] {
    const rows = this.#all<{ checksum: string; size: number; paths: string }>(
      `SELECT checksum, size, json_group_array(path ORDER BY path) AS paths FROM files
        WHERE ${HERE} AND checksum IS NOT NULL GROUP BY checksum HAVING count(*) > 1 ORDER BY min(path)`,
    );
    return rows.map(({ paths, ...content }) => ({ ...content, paths: JSON.parse(paths) }));
  }

  #all<T>(sql: string, ...parameters: (string | number | null)[]): T[] {
    return this.storage.db.prepare<T>(sql).all(this.#folder, ...parameters);
  }
}
