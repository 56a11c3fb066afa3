// Real files, and time that the test turns.
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestApplication, testApplication } from 'specter-runtime/testing';
import { AppModule, box, Desk } from './drop-box.js';

let app: TestApplication;
beforeEach(async () => {
  box.folder = await mkdtemp(join(tmpdir(), 'drop-box-'));
  await mkdir(join(box.folder, 'in'));
  app = await testApplication(AppModule, { logger: false }).start();
  await app.clock.advance(1000);
});
afterEach(async () => {
  await app.stop(); // rejects when a file or a watch is left open
  await rm(box.folder, { recursive: true });
});

test('what is put in is registered once it is complete, and what is taken out is forgotten', async () => {
  await writeFile(join(box.folder, 'in', 'film.part'), '...');
  await app.clock.advance(3000);
  expect(app.get(Desk).state.files).toEqual([]);

  await rename(join(box.folder, 'in', 'film.part'), join(box.folder, 'in', 'film.mkv'));
  await app.clock.advance(31_000);
  expect(app.get(Desk).state.files).toEqual(['film.mkv']);

  await rm(join(box.folder, 'in', 'film.mkv'));
  await app.clock.advance(31_000);
  expect(app.get(Desk).state.files).toEqual([]);
});

test('the folder may be emptied, removed and made anew', async () => {
  await writeFile(join(box.folder, 'in', 'a'), '1');
  await app.clock.advance(31_000);
  await rm(join(box.folder, 'in'), { recursive: true });
  await app.clock.advance(31_000);
  expect(app.get(Desk).state.files).toEqual([]);

  await mkdir(join(box.folder, 'in'));
  await writeFile(join(box.folder, 'in', 'b'), '1');
  await app.clock.advance(62_000);
  expect(app.get(Desk).state.files).toEqual(['b']);
});

test('warnings are counted over a rotation of the log', async () => {
  const log = join(box.folder, 'box.log');
  await writeFile(log, 'a warning\n');
  await app.clock.advance(1000);
  await rename(log, `${log}.1`);
  await appendFile(`${log}.1`, 'another warning\n');
  await writeFile(log, 'all is well\na third warning\n');
  await app.clock.advance(1000);
  expect(app.get(Desk).state.warnings).toBe(3);
});
