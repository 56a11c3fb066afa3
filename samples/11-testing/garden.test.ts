// Four helpers of a test: something in the place of a provider, a recording stub, time in the hand, and leaks that are found.
import { inject, Module, Service } from 'specter-runtime';
import { type LeakError, type Mock, mock, type TestApplication, testApplication } from 'specter-runtime/testing';
import { AppModule, Gardener, Soil, Valve } from './garden.js';

describe('the gardener', () => {
  const soil = { moisture: async () => 10 }; // an object of ours in the place of the sensor
  let valve: Mock<Valve>; // a stub that records in the place of the valve
  let app: TestApplication;

  beforeEach(async () => {
    soil.moisture = async () => 10;
    valve = mock(Valve);
    app = await testApplication(AppModule, { logger: false })
      .override(Soil)
      .useValue(soil)
      .override(Valve)
      .useValue(valve)
      .start();
  });
  afterEach(() => app.stop());

  test('waters after three dry readings, for thirty seconds', async () => {
    await app.clock.advance(20_000);
    expect(valve.turn.calls).toEqual([]);
    await app.clock.advance(10_000);
    expect(valve.turn.calls).toEqual([['on']]);
    await app.clock.advance(30_000);
    expect(valve.turn.calls).toEqual([['on'], ['off']]);
  });

  test('does not water a garden that is wet, in a whole morning', async () => {
    soil.moisture = async () => 80;
    await app.clock.advance(3 * 3_600_000);
    expect(valve.turn.calls).toEqual([]);
  });

  test('turns the water off when it stops half-way', async () => {
    await app.clock.advance(35_000);
    expect(app.get(Gardener).state.watering).toBe(true);
    await app.stop();
    expect(valve.turn.calls).toEqual([['on'], ['off']]);
  });

  test('goes on after a sensor that failed once', async () => {
    const failures: string[] = [];
    app.events.on('timer-failed', ({ service, error }) => failures.push(`${service}: ${error.message}`));
    soil.moisture = () => Promise.reject(new Error('no signal'));
    await app.clock.advance(10_000);
    expect(failures).toEqual(['Gardener: no signal']);
    soil.moisture = async () => 10;
    await app.clock.advance(30_000);
    expect(valve.turn.calls).toEqual([['on']]);
  });
});

test('what nobody owns fails the stop, and the error has its file and line', async () => {
  @Service()
  class Careless {
    readonly valve = inject(Valve);
    timer: NodeJS.Timeout | undefined;
    onStart() {
      this.timer = setInterval(() => this.valve.turn('on'), 1000); // this.interval() of a Lifecycle would be owned
    }
  }
  @Module({ providers: [Careless, Valve] })
  class CarelessModule {}

  const app = await testApplication(CarelessModule).start();
  const error: LeakError = await app.stop().then(
    () => undefined as never,
    (error) => error,
  );
  expect(error.message).toMatch(/timer.*garden\.test\.ts:\d+/);
  clearInterval(app.get(Careless).timer);
});
