// A row of the catalogue: from a file of the folder, and to an item for clients.
import { basename } from 'node:path/posix';
import type { FileFacts } from './folder-view.js';
import type { Item, ItemState } from './item.js';
import { idOf } from './item-id.js';
import { kindOf, typeOf } from './kind.js';

export interface Row {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly modified: number;
  readonly state: ItemState;
  readonly checksum: string | null;
  readonly error: string | null;
  readonly copies: number;
}

export function rowOf(folder: string, path: string, { size, modified }: FileFacts) {
  return { folder, path, id: idOf(path), name: basename(path), kind: kindOf(path), size, modified };
}

export function itemOf({ id, path, name, size, modified, state, checksum, error, copies }: Row): Item {
  return {
    ...{ id, path, name, kind: kindOf(path), type: typeOf(path), size, modified: new Date(modified), state, copies },
    ...(checksum === null ? {} : { checksum }),
    ...(error === null ? {} : { error }),
  };
}
