// A hook that hung and was left behind: what it still does must not land in the next run of its instance.
import { createApplication, Lifecycle, Module, Service } from '../../src/index.js';
import { testApplication } from '../../src/testing/index.js';
import { gate, rejection, settle } from '../kernel/heard.js';

const timeouts = { startTimeout: 60, stopTimeout: 20 };

/** Hangs in its first start, and in its first stop if asked; each hook opens something when it goes on. */
function slow(hangIn: 'onStart' | 'onStop') {
  const hung = gate();
  const log: string[] = [];
  let runs = 0;
  @Service({ ...timeouts, restart: { on: 'failure', backoff: { min: 100, jitter: 0 } } })
  class Slow extends Lifecycle {
    open(what: string) {
      this.own({ close: () => log.push(`${what} closed`) });
      log.push(`${what} opened`);
    }
    protected override async onStart() {
      const run = ++runs;
      if (hangIn === 'onStart' && run === 2) await hung.promise;
      this.open(`run ${run}`);
    }
    protected override async onStop() {
      const run = runs;
      if (hangIn !== 'onStop' || run !== 1) return;
      await hung.promise;
      this.open(`late of run ${run}`);
    }
  }
  @Module({ providers: [Slow] })
  class App {}
  return { App, Slow, hung, log };
}

// Teeth: starting again at once puts `run 2` into the third run, where it stays open until the end (tried).
test('an onStart that hangs is waited for by the next start, and what it opens late is closed at once', async () => {
  const { App, Slow, hung, log } = slow('onStart');
  const app = await testApplication(App, { logger: false }).start();
  log.splice(0);
  expect(await rejection(app.restart(Slow))).toMatchObject({ code: 'SPECTER_START_TIMEOUT' });
  expect(log).toEqual(['run 1 closed']);
  const again = rejection(app.restart(Slow));
  expect(await again).toMatchObject({
    code: 'SPECTER_START_TIMEOUT',
    message: expect.stringContaining('it was waiting for a hook of its last run, which has not ended yet'),
  });
  hung.open();
  await settle();
  expect(log).toEqual(['run 1 closed', 'run 2 closed']);
  await app.restart(Slow);
  expect(log.slice(2)).toEqual(['run 3 opened']);
  await app.stop();
  expect(log.slice(3)).toEqual(['run 3 closed']);
});

test('an onStop that fails after its deadline is still told', async () => {
  const hung = gate();
  @Service(timeouts)
  class Slow extends Lifecycle {
    protected override async onStop() {
      await hung.promise;
      throw new Error('the disk is full');
    }
  }
  @Module({ providers: [Slow] })
  class App {}
  const app = createApplication(App, { logger: false });
  const told: string[] = [];
  app.events.on('release-failed', ({ error }) => void told.push(error.message));
  await app.start();
  await app.stop();
  expect(told).toEqual([expect.stringContaining('Slow.onStop() did not finish within 20 ms')]);
  hung.open();
  await settle();
  expect(told.slice(1)).toEqual(['the disk is full']);
});

test('an onStop that hangs is waited for by the next start as well', async () => {
  const { App, Slow, hung, log } = slow('onStop');
  const app = await testApplication(App, { logger: false }).start();
  log.splice(0);
  const restarting = app.restart(Slow);
  await new Promise<void>((stopped) => app.events.on('stopped', () => stopped()));
  await settle();
  expect(log).toEqual(['run 1 closed']);
  hung.open();
  await restarting;
  expect(log).toEqual(['run 1 closed', 'late of run 1 closed', 'run 2 opened']);
  await app.stop();
});

test('a start that waits for such a hook can be stopped, at once', async () => {
  const { App, Slow, log } = slow('onStop');
  const app = await testApplication(App, { logger: false }).start();
  const restarting = rejection(app.restart(Slow));
  await new Promise<void>((stopped) => app.events.on('stopped', () => stopped()));
  await app.stop();
  expect(await restarting).toMatchObject({ code: expect.stringMatching(/SPECTER_START_(ABORTED|TIMEOUT)/) });
  expect(log.filter((line) => line.includes('run 2'))).toEqual([]);
});
