// A directory of a test's own, and what is in its files.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** Makes a directory that `removeDirectories` takes away. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'specter-storage-'));
  made.push(directory);
  return directory;
}

/** Takes away all directories that were made. */
export function removeDirectories(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** A fingerprint of a file's bytes; one that is not there has none, as has an empty one. */
export function hashOf(file: string): string {
  const bytes = statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file) : '';
  return createHash('sha256').update(bytes).digest('hex');
}
