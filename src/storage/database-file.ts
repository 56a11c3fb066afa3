// The file under the database: looked at before anything opens it, and made whole or not at all.
import { randomUUID } from 'node:crypto';
import {
  accessSync, closeSync, constants, existsSync, linkSync, lstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, type Stats, statfsSync, statSync,
} from 'node:fs'; // biome-ignore format: a list
import { dirname } from 'node:path';
import { messageOf } from '../kernel/errors.js';
import { corrupt, empty, foreign, misplaced, newer, readonly } from './errors.js';

/** Marks a database as ours: "SPEC". */
export const APPLICATION_ID = 0x53504543;
/** The version of what the framework itself keeps in the file. */
export const FORMAT = 1;

const MAGIC = 'SQLite format 3\0';
/** Where the header has what, in bytes. */
const HEADER = { length: 100, userVersion: 60, applicationId: 68 };
/** Network file systems (NFS, SMB, CIFS, SMB2), whose locks SQLite cannot rely on. */
const NETWORK: ReadonlySet<number> = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42]);

/**
 * Makes sure that a healthy-looking database of ours is at that place, and makes one when there is nothing.
 *
 * @param fill - turns a file into an empty database of ours
 */
export function prepareFile(file: string, fill: (file: string) => void): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw misplaced(file, `its directory cannot be made: ${messageOf(cause)}`, cause);
  }
  checkFileSystem(file);
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats) return checkFile(file, stats);
  if (sizeOf(`${file}-wal`) > 0) throw corrupt(file, 'the file is missing, but its write-ahead log is there');
  checkWritable(file, dirname(file));
  create(file, fill);
}

/** Whether a type of file system, as `statfs` gives it, is on another machine. */
export function isNetwork(type: number): boolean {
  return NETWORK.has(type);
}

function checkFileSystem(file: string): void {
  if (isNetwork(statfsSync(dirname(file)).type))
    throw misplaced(file, 'it is on a network file system, whose locks cannot be relied on');
}

function checkFile(file: string, stats: Stats): void {
  if (stats.isSymbolicLink()) throw misplaced(file, 'it is a symbolic link; name the file that it leads to');
  if (!stats.isFile()) throw misplaced(file, `it is ${stats.isDirectory() ? 'a directory' : 'not a regular file'}`);
  if (stats.size === 0) throw empty(file, '');
  checkWritable(file, file);
  checkWritable(file, dirname(file));
  checkHeader(file, readHeader(file));
}

function checkHeader(file: string, header: Buffer): void {
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw foreign(file, 'it does not begin as an SQLite database does');
  if (header.length < HEADER.length) throw corrupt(file, `it ends after ${header.length} bytes`);
  const id = header.readUInt32BE(HEADER.applicationId);
  if (id !== APPLICATION_ID) throw foreign(file, `its application_id is ${id}, not ${APPLICATION_ID}`);
  const format = header.readUInt32BE(HEADER.userVersion);
  if (format > FORMAT) throw newer(file, `it has format ${format}, and this version knows ${FORMAT}`);
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(HEADER.length);
  const handle = openSync(file, 'r');
  try {
    return header.subarray(0, readSync(handle, header, 0, HEADER.length, 0));
  } finally {
    closeSync(handle);
  }
}

function checkWritable(file: string, place: string): void {
  try {
    accessSync(place, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw readonly(file, messageOf(cause), cause);
  }
}

/** A crash on the way leaves nothing at the place itself: an empty file there would be refused for ever. */
function create(file: string, fill: (file: string) => void): void {
  const fresh = `${file}.new-${randomUUID()}`;
  try {
    closeSync(openSync(fresh, 'wx', 0o600));
    fill(fresh);
    place(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** A link never replaces a file that another process has just made; some file systems have none. */
function place(fresh: string, file: string): void {
  try {
    linkSync(fresh, file);
  } catch {
    if (!existsSync(file)) renameSync(fresh, file);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
