// Whatever makes the host carry a value from promise to promise is switched off with the application that asked for it.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { Controller, createApplication, Get, Module, RequestContext } from '../src/index.js';
import { testApplication } from '../src/testing/index.js';

/** How many values the host carries on at each promise of this process; from Node 24 on it carries them all as one. */
function carried(): number {
  const kept = Object.getOwnPropertySymbols(new AsyncResource('probe'));
  return kept.filter(({ description }) => description === 'kResourceStore').length;
}

function seesOneMore(): boolean {
  const before = carried();
  const storage = new AsyncLocalStorage();
  const within = storage.run('value', carried);
  storage.disable();
  return within === before + 1;
}

@Controller('/tenants')
class Tenants {
  constructor(private readonly request: RequestContext) {}
  @Get() read() {
    return { id: this.request.requestId.length > 0 };
  }
}

@Module({ providers: [Tenants] })
class Root {}

// Teeth: without the disable() of any of the three - blame, RequestContext, the ledger of handles - this fails (tried each).
test('no application leaves something behind that each later promise of the process pays for', async () => {
  if (!seesOneMore()) return;
  const before = carried();
  for (let i = 0; i < 3; i++) {
    const app = await testApplication(Root, { blame: true }).start();
    await app.http.get('/tenants').expect(200, { id: true });
    expect(carried()).toBeGreaterThan(before);
    await app.stop();
    expect(carried()).toBe(before);
  }
  const app = await createApplication(Root, { blame: true, logger: false }).start();
  await app.stop();
  expect(carried()).toBe(before);
});

test('nor does one that fails to start', async () => {
  @Module({ providers: [{ provide: 'film', useExisting: 'absent' }] })
  class Broken {}
  const before = carried();
  await expect(testApplication(Broken, { blame: true, logger: false }).start()).rejects.toThrow('absent');
  expect(carried()).toBe(before);
});

// Teeth: without the disable() in test/environment.cjs this fails, whenever another file was tested by this process before (tried).
test('nor does jest, nor any test file before this one', () => {
  const itsOwn = 1;
  if (seesOneMore()) expect(carried()).toBeLessThanOrEqual(itsOwn);
});
