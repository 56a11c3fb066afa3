// The types of the kit in a project that has neither supertest nor socket.io-client, and in one that has both.
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

jest.setTimeout(120_000);

const ROOT = join(__dirname, '../..');
const TSC = join(dirname(createRequire(__filename).resolve('typescript/package.json')), 'bin', 'tsc');
const OPTIONAL = ['supertest', 'socket.io-client'];

const folder = mkdtempSync(join(realpathSync(tmpdir()), 'specter-types-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the compiler says; nothing when all is well. */
function tsc(...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [TSC, '--pretty', 'false', ...args], { cwd: folder }, (_, stdout) => resolve(stdout));
  });
}

const write = (path: string, content: object) => writeFileSync(join(folder, path), JSON.stringify(content));

beforeAll(async () => {
  mkdirSync(join(folder, 'specter-runtime'));
  writeFileSync(join(folder, 'specter-runtime/package.json'), readFileSync(join(ROOT, 'package.json')));
  const compiled = {
    rootDir: join(ROOT, 'src'),
    outDir: join(folder, 'specter-runtime/dist'),
    emitDeclarationOnly: true,
  };
  write('tsconfig.dist.json', {
    extends: join(ROOT, 'tsconfig.build.json'),
    compilerOptions: { ...compiled, typeRoots: [join(ROOT, 'node_modules/@types')] },
    include: [join(ROOT, 'src')],
    exclude: [join(ROOT, 'src/kernel/platform.d.ts')],
  });
  expect(await tsc('-p', 'tsconfig.dist.json')).toBe('');
});

/** A project that has all packages of this one but some. */
function project(name: string, without: readonly string[], code: string): string {
  const packages = join(folder, name, 'node_modules');
  mkdirSync(join(packages, '@types'), { recursive: true });
  const here = join(ROOT, 'node_modules');
  const link = (path: string) => symlinkSync(join(here, path), join(packages, path), 'dir');
  const wanted = (path: string) => !path.startsWith('.') && !without.includes(path) && path !== '@types';
  for (const path of readdirSync(here).filter(wanted)) link(path);
  for (const path of readdirSync(join(here, '@types')).filter(wanted)) link(join('@types', path));
  symlinkSync(join(folder, 'specter-runtime'), join(packages, 'specter-runtime'), 'dir');
  write(join(name, 'package.json'), { type: 'module' });
  write(join(name, 'tsconfig.json'), {
    compilerOptions: {
      target: 'es2023',
      module: 'nodenext',
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      preserveSymlinks: true,
      skipLibCheck: false,
      noEmit: true,
    },
    include: ['*.ts'],
  });
  writeFileSync(join(folder, name, 'use.ts'), code);
  return join(name, 'tsconfig.json');
}

/** What a newcomer writes. */
const USE = readFileSync(join(ROOT, '.ci/stranger/testing-types.ts'), 'utf8');

test('without them a test compiles, with all that it needs in the types', async () => {
  const wrong = `
export async function wrong(AppModule: new () => object) {
  const app = await testApplication(AppModule).start();
  // @ts-expect-error no such method
  app.http.gett('/');
  // @ts-expect-error no path
  app.http.get();
  // @ts-expect-error an event has a name
  (await app.socket()).emit(7);
}`;
  expect(await tsc('-p', project('without', OPTIONAL, USE + wrong))).toBe('');
});

test('with them the types are their own', async () => {
  const own = `
import type { Socket } from 'socket.io-client';
import type { Agent } from 'supertest';
export async function own(AppModule: new () => object) {
  const app = await testApplication(AppModule).start();
  const agent: Agent = app.http;
  const socket: Socket = await app.socket('/', { reconnectionDelay: 5 });
  // @ts-expect-error an option of theirs has another type
  await app.socket('/', { reconnectionDelay: 'soon' });
  return [agent.propfind('/').disableTLSCerts(), socket.io.engine.transport.name];
}`;
  expect(await tsc('-p', project('with', [], USE + own))).toBe('');
});
