// mock() of classes whose members are more than methods.
import { inject, Lifecycle, Module, Service } from '../../src/index.js';
import { mock, testApplication } from '../../src/testing/index.js';

class SensorLink extends Lifecycle<{ runs: number }> {
  #secret = 7;
  constructor() {
    super({ runs: 1 });
  }
  get secret() {
    return this.#secret;
  }
  set secret(value: number) {
    this.#secret = value;
  }
  read() {
    return this.#secret;
  }
}

describe('a mock of a Lifecycle', () => {
  test('can be looked at: it has the name of its class, does not run, and nothing ends its work', () => {
    const link = mock(SensorLink);
    expect([link.name, link.running, link.signal.aborted]).toEqual(['SensorLink', false, false]);
    expect([link.state, link.secret]).toEqual([undefined, undefined]);
    expect(JSON.stringify(link)).toContain('"running":false');
  });

  test('has the values that it was given, and takes others', () => {
    const link = mock(SensorLink, { state: { runs: 0 }, running: true });
    expect([link.state.runs, link.running]).toEqual([0, true]);
    link.state = { runs: 2 };
    link.secret = 5;
    expect([link.state.runs, link.secret]).toEqual([2, 5]);
  });

  test('a method that was given still records', () => {
    const link = mock(SensorLink, { read: () => 42 });
    expect([link.read(), link.read.calls.length]).toEqual([42, 1]);
  });

  test('is disposed of like any other, and that is recorded as well', async () => {
    const link = mock(SensorLink);
    await link[Symbol.asyncDispose]();
    expect(link[Symbol.asyncDispose].calls).toEqual([[]]);
  });

  test('takes the place of a service', async () => {
    @Service()
    class Panel {
      readonly link = inject(SensorLink);
    }
    Service()(SensorLink);
    @Module({ providers: [SensorLink, Panel] })
    class App {}
    const link = mock(SensorLink, { state: { runs: 3 } });
    const app = await testApplication(App).override(SensorLink).useValue(link).start();
    expect(app.get(Panel).link.state.runs).toBe(3);
    await app.stop();
  });
});
