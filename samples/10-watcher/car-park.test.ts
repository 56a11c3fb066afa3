// The car park with a barrier that does what the test says, and time that the test turns.
import { type Mock, mock, type TestApplication, testApplication } from 'specter-runtime/testing';
import { AppModule, Barrier, Sign } from './car-park.js';

let barrier: Mock<Barrier>;
let app: TestApplication;
beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation();
  barrier = mock(Barrier);
  barrier.count.returns(Promise.resolve(3));
  app = await testApplication(AppModule, { logger: false }).override(Barrier).useValue(barrier).start();
});
afterEach(async () => {
  await app.stop();
  jest.restoreAllMocks();
});

test('the sign follows the barrier, and hears only of what is new', async () => {
  await app.clock.advance(4000);
  expect(barrier.count.calls).toHaveLength(3); // at once, after 2 s, after 4 s
  expect(console.log).toHaveBeenCalledTimes(1);

  barrier.count.returns(Promise.resolve(0));
  await app.clock.advance(2000);
  await app.http.get('/sign').expect(200, { text: 'full' });
});

test('a barrier that does not answer is asked again, each time with more patience; the sign keeps what it knew', async () => {
  await app.clock.advance(0);
  barrier.count.does(async () => {
    throw new Error('no answer');
  });
  await app.clock.advance(2000 + 1000 + 2000); // a poll, and two tries
  expect((await app.health()).services.Spaces).toMatchObject({ status: 'degraded', failures: 3 });
  expect(app.get(Sign).state).toEqual({ text: '3 free' });

  barrier.count.does(async () => 7);
  await app.clock.advance(4000);
  expect(app.get(Sign).state).toEqual({ text: '7 free' });
  expect((await app.health()).status).toBe('up');
});
