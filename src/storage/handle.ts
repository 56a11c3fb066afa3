// The database handle as its users see it: the part of better-sqlite3 that is theirs, in types of our own.

/** What a statement takes and gives. */
export type SqlValue = string | number | bigint | Uint8Array | null;

/** Values by position, or one object with values by name. */
export type SqlParameters = (SqlValue | Readonly<Record<string, SqlValue>>)[];

/** A compiled statement; see better-sqlite3's documentation. */
export interface Statement<Row = unknown> {
  run(...parameters: SqlParameters): { changes: number; lastInsertRowid: number | bigint };
  get(...parameters: SqlParameters): Row | undefined;
  all(...parameters: SqlParameters): Row[];
  iterate(...parameters: SqlParameters): IterableIterator<Row>;
  /** Gives the first column of each row instead of the row. */
  pluck(on?: boolean): this;
}

/** The open database. It is better-sqlite3's own object: everything runs at once, on this thread. */
export interface Database {
  readonly inTransaction: boolean;
  /**
   * Compiles one statement.
   *
   * @example
   * const row = storage.db.prepare<{ title: string }>('SELECT title FROM films WHERE id = ?').get(7);
   */
  prepare<Row = unknown>(sql: string): Statement<Row>;
  /** Runs any number of statements. */
  exec(sql: string): unknown;
  pragma(text: string, options?: { simple?: boolean }): unknown;
  /** Copies the database to another file while it is in use. */
  backup(file: string): Promise<unknown>;
}
