import { Module, Service } from '../src/index.js';
import { testApplication } from '../src/testing/index.js';
import { Program } from './processes/run.js';

jest.setTimeout(60_000);

const end = async (args: string[] = []) => {
  const program = new Program('everything.ts', args);
  const { code } = await program.end();
  return { program, code };
};

// Teeth: an interval that is not disarmed, a database that is not closed, sockets that are not closed: each fails this test (tried).
test('after app.stop() every probe reads as before, and the process ends by itself within 500 ms', async () => {
  const { program, code } = await end();
  expect({ code, text: program.text }).toMatchObject({ code: 0 });
  const { before, after } = JSON.parse(await program.line('"before"')) as { before: object; after: object };
  expect(after).toEqual(before);
  const [, ms] = /ended (\d+) ms/.exec(program.text) ?? [];
  expect(Number(ms)).toBeLessThan(500);
});

test("Node's own list of active resources does not see an unref'd interval; the test kit does, by file and line", async () => {
  const { program } = await end(['leak']);
  const { before, after } = JSON.parse(await program.line('"before"')) as {
    before: { resources: string[] };
    after: { resources: string[] };
  };
  expect(after.resources).toEqual(before.resources);

  @Service()
  class Leaky {
    onStart() {
      setInterval(() => {}, 1_000).unref();
    }
  }
  @Module({ providers: [Leaky] })
  class App {}
  const app = await testApplication(App).start();
  await expect(app.stop()).rejects.toThrow(/timer made behind the framework, made at .*natural-exit\.test\.ts:\d+/);
});
