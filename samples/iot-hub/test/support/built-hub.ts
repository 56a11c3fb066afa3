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
  /** The program of the simulated devices. */
  readonly device: string;
  remove(): void;
}

export function buildHub(): BuiltHub {
  const out = mkdtempSync(join(tmpdir(), 'iot-hub-'));
  const { status, stdout } = spawnSync(process.execPath, [TSC, '-p', join(SAMPLE, 'test'), '--outDir', out], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The hub does not compile:\n${stdout}`);
  writeFileSync(join(out, 'package.json'), JSON.stringify(PACKAGE));
  symlinkSync(join(ROOT, 'node_modules'), join(out, 'node_modules'));
  const sample = join(out, 'samples', 'iot-hub');
  return {
    main: join(sample, 'src', 'main.js'),
    device: join(sample, 'src', 'device', 'main.js'),
    remove: () => rmSync(out, { recursive: true, force: true }),
  };
}
