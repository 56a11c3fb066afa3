// The catalogue's table. Steps that have run are never changed: append new ones.
export const SCHEMA = [
  `CREATE TABLE files (
    folder TEXT NOT NULL,
    path TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    state TEXT NOT NULL,
    checksum TEXT,
    error TEXT,
    gone INTEGER,
    PRIMARY KEY (folder, path)
  ) STRICT;
  CREATE INDEX files_by_id ON files (folder, id);
  CREATE INDEX files_by_state ON files (folder, gone, state, path);
  CREATE INDEX files_by_checksum ON files (folder, checksum)`,
];
