// BuiltFiles: what the build makes besides the hub itself. A provider, so that tests may bring their own.
import { join } from 'node:path';
import { Service } from 'specter-runtime';

@Service()
export class BuiltFiles {
  /** The program that looks into files. */
  readonly worker: string = join(import.meta.dirname, 'metadata', 'worker.js');
  /** The folder with the page's script: `scripts/bundle.mjs` makes it from `page/`. */
  readonly scripts: string = join(import.meta.dirname, '..', 'dist', 'browser');
}
