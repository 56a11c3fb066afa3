// Before measuring: the peers are there, the framework is built, and a copy of the build is set apart for the measured programs.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../scripts/tsc.mjs';
import { bench, installed, root } from './environment.mjs';

const build = join(bench, 'build');

export async function prepare() {
  checkPeers();
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  rmSync(build, { recursive: true, force: true });
  setApart();
  compile(join(bench, 'tsconfig.json'));
}

function checkPeers() {
  const { dependencies } = JSON.parse(readFileSync(join(bench, 'package.json'), 'utf8'));
  const wrong = Object.entries(dependencies).filter(([name, version]) => installed(bench, name) !== version);
  if (wrong.length === 0) return;
  const list = wrong.map(([name, version]) => `${name}@${version}`).join(', ');
  console.error(
    `The benchmarks compare with packages that are not installed: ${list}.\nInstall them with: npm install --prefix bench`,
  );
  process.exit(1);
}

/** A later build must not change what is being measured. Its dependencies are those of the repository. */
function setApart() {
  const copy = join(build, 'node_modules', 'specter-runtime');
  mkdirSync(copy, { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
}
