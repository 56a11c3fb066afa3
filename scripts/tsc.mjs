// Runs the TypeScript compiler on one project, and ends this process with its exit code when it finds errors.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** The compiler's command line: `node <this> -p <project>`. */
export const tscPath = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

export function compile(project) {
  run(tscPath, '-p', project);
}

/** Runs a program of Node, and ends this process with its exit code when that is not 0. */
export function run(...program) {
  const { status } = spawnSync(process.execPath, program, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
