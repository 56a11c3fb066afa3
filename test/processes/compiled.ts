// Programs as JavaScript, compiled when a test file first needs them: a loader in each process takes longer than most of them live.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '..', '..');
/** Inside the copy the package's own name leads to the compiled sources. */
const PACKAGE = {
  name: 'specter-runtime',
  type: 'module',
  exports: { '.': './src/index.js', './testing': './src/testing/index.js', './client': './src/client/index.js' },
};

const folders = new Set<string>();
let copy: string | undefined;
afterAll(() => {
  if (copy) rmSync(copy, { recursive: true, force: true });
});

/** Where the program lies once it is compiled, in a copy of this repository that has the sources and the folder of the program. */
export function compiled(file: string): string {
  copy ??= makeCopy();
  const path = relative(ROOT, file);
  compile(copy, dirname(path));
  return join(copy, path.replace(/\.ts$/, '.js'));
}

function makeCopy(): string {
  const made = mkdtempSync(join(tmpdir(), 'specter-programs-'));
  writeFileSync(join(made, 'package.json'), JSON.stringify(PACKAGE));
  symlinkSync(join(ROOT, 'node_modules'), join(made, 'node_modules'));
  compile(made, 'src', '**');
  return made;
}

/** By esbuild's command: inside jest, it does not know the bytes of its own realm. */
function compile(to: string, folder: string, under = ''): void {
  if (folders.has(folder)) return;
  folders.add(folder);
  mkdirSync(join(to, folder), { recursive: true });
  const esbuild = createRequire(__filename).resolve('esbuild/bin/esbuild');
  const options = ['--format=esm', '--platform=node', '--target=node20', '--log-level=error'];
  const args = [join(folder, under, '*.ts'), `--outdir=${to}`, `--outbase=${ROOT}`, ...options];
  const { status, stderr } = spawnSync(esbuild, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${folder} does not compile:\n${stderr}`);
}
