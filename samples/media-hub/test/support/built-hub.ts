// The hub as its users run it: compiled by tsc, once for a test file, beside a copy of nothing but links.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const SAMPLE = join(__dirname, '..', '..');
const ROOT = join(SAMPLE, '..', '..');
const TSC = join(dirname(createRequire(__filename).resolve('typescript/package.json')), 'bin', 'tsc');

/** What the compiled package says of itself: its own name leads to what was compiled beside it. */
const PACKAGE = { name: 'specter-runtime', type: 'module', exports: { '.': './src/index.js' } };

export interface BuiltHub {
  readonly main: string;
  /** The program that looks into files, and the folder with the page's script. */
  readonly worker: string;
  readonly scripts: string;
  remove(): void;
}

export function buildHub(): BuiltHub {
  const out = mkdtempSync(join(tmpdir(), 'media-hub-'));
  const sample = join(out, 'samples', 'media-hub');
  const scripts = join(sample, 'dist', 'browser');
  run([TSC, '-p', join(SAMPLE, 'test'), '--outDir', out]);
  run([join(SAMPLE, 'scripts', 'bundle.mjs'), scripts]);
  writeFileSync(join(out, 'package.json'), JSON.stringify(PACKAGE));
  symlinkSync(join(ROOT, 'node_modules'), join(out, 'node_modules'));
  for (const folder of ['public', 'media']) symlinkSync(join(SAMPLE, folder), join(sample, folder));
  const [main, worker] = [join(sample, 'src', 'main.js'), join(sample, 'src', 'metadata', 'worker.js')];
  return { main, worker, scripts, remove: () => rmSync(out, { recursive: true, force: true }) };
}

function run(program: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, program, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The hub does not compile:\n${stdout}${stderr}`);
}
