// Suite `types`: what the compiler does for each action that a typed client calls, with 50 actions and with 500.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tscPath } from '../scripts/tsc.mjs';
import { bench } from './environment.mjs';
import { figure, ratio, table } from './results.mjs';
import { inRounds, ratioOf, spreadOf } from './rounds.mjs';

const SIZES = [50, 500];
const PER_CONTROLLER = 10;

export async function typesSuite({ rounds, quick }) {
  for (const size of SIZES) writeProgram(size);
  const samples = await inRounds(SIZES.map(String), rounds ?? (quick ? 2 : 9), (size) => check(Number(size)));
  const rows = SIZES.map(String).map((size) => [
    `${size} actions`,
    figure(
      spreadOf(samples, size, ({ time }) => time),
      2,
      { quartiles: true },
    ),
    ratio(ratioOf(samples, size, '50', ({ time }) => time)),
    figure(
      spreadOf(samples, size, ({ instantiations }) => instantiations),
      0,
    ),
  ]);
  const head = ['program', 'check ms/action', '× 50 actions', 'instantiations/action'];
  return { samples, tables: table(`A call of each action, type-checked: ${samples.length} rounds`, head, rows) };
}

/** In the build folder, where the package is found by its name. */
const folderOf = (size) => join(bench, 'build', `types-${size}`);

function writeProgram(size) {
  const folder = folderOf(size);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(folder, 'main.ts'), sourceOf(size));
  const compilerOptions = { module: 'nodenext', target: 'es2023', strict: true, noEmit: true, types: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
}

function sourceOf(size) {
  const controllers = Array.from({ length: size / PER_CONTROLLER }, (_, at) => `C${at}`);
  const methods = Array.from({ length: PER_CONTROLLER }, (_, at) => `m${at}`);
  const method = (name) =>
    `  ${name}(input: { a: number; b?: { c: Date } }) { return { id: input.a, at: new Date() }; }`;
  const classes = controllers.map((name) => `class ${name} {\n${methods.map(method).join('\n')}\n}`);
  const call = (controller, name) =>
    `export async function ${controller}_${name}() {
  const answer = await client.call('${controller}.${name}', { a: 1 });
  return answer.ok ? answer.value.at.length : 0;
}`;
  return [
    `import { type ActionsOf, createClient } from 'specter-runtime/client';`,
    ...classes,
    `type Actions = ActionsOf<{ ${controllers.map((name) => `${name}: typeof ${name}`).join('; ')} }>;`,
    `const client = createClient<Actions>('http://127.0.0.1');`,
    ...controllers.flatMap((controller) => methods.map((name) => call(controller, name))),
  ].join('\n');
}

function check(size) {
  const { stdout, status } = spawnSync(process.execPath, [tscPath, '-p', folderOf(size), '--extendedDiagnostics'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stdout);
  const read = (name) => Number(new RegExp(`${name}:\\s+([\\d.]+)`).exec(stdout)?.[1]);
  return { time: (read('Check time') * 1000) / size, instantiations: read('Instantiations') / size };
}
