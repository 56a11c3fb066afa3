// Runs test files in a jest of their own, as a user's project would.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** What a jest printed, and how it ended. */
export interface Run {
  readonly output: string;
  /** Null when it had to be killed. */
  readonly code: number | null;
}

/** One process for all files; what they import as `specter-runtime` are the sources. */
export async function runJest(files: Readonly<Record<string, string>>, env: Record<string, string> = {}): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'specter-jest-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const config = {
    preset: './jest-preset.json',
    rootDir: ROOT,
    roots: [folder],
    moduleNameMapper: {
      '^specter-runtime$': '<rootDir>/src/index.ts',
      '^specter-runtime/testing$': '<rootDir>/src/testing/index.ts',
    },
  };
  const args = [join(ROOT, 'node_modules/jest/bin/jest.js'), '--config', JSON.stringify(config), '--runInBand', '--ci'];
  try {
    return await run(args, { cwd: folder, env: { ...process.env, ...env }, timeout: 60_000 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv; timeout: number }): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, options, (_, stdout, stderr) =>
      resolve({ output: stdout + stderr, code: child.exitCode }),
    );
  });
}
