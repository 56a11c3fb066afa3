// What is left of a start that fails: nothing, and an error that tells it all.
import { BootError } from 'specter-runtime';
import { testApplication } from 'specter-runtime/testing';
import { AppModule, FOLDER } from './archive.js';

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((text) => void printed.push(text));
});
afterEach(() => jest.restoreAllMocks());

test('a missing folder fails the start: the error says who, why, and what was taken back', async () => {
  const builder = testApplication(AppModule, { logger: false }).override(FOLDER).useValue('/nowhere');
  const error = await builder.start().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(BootError);
  expect(error).toMatchObject({
    code: 'SPECTER_START_FAILED',
    service: 'Archive',
    rolledBack: ['Journal'],
    cause: { code: 'ENOENT' },
  });
});

test('the half-started service gives back first, then what it stood on; its onStop is not called', async () => {
  const builder = testApplication(AppModule, { logger: false }).override(FOLDER).useValue('/nowhere');
  await expect(builder.start()).rejects.toThrow();
  expect(printed.slice(-2)).toEqual(['archive gave back what it had opened', 'journal closed']);
});

test('with its folder everything starts', async () => {
  const app = await testApplication(AppModule).override(FOLDER).useValue(__dirname).start();
  expect(app.timeline().start.entries.map(({ service }) => service)).toEqual(['Journal', 'Archive', 'Search']);
  await app.stop();
});
