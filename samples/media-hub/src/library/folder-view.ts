// FolderView: the files of the folder as they are at one moment.

/** What tells two versions of a file apart without reading it. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** It says how things are, not what has changed: whoever misses one view has missed nothing once the next one comes. */
export interface FolderView {
  /** By path inside the folder, with slashes. */
  readonly files: ReadonlyMap<string, FileFacts>;
  /** False while the folder is being looked through: a file that is not in `files` may still turn up. */
  readonly complete: boolean;
}
