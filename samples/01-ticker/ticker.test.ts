// The ticker, with time turned by hand.
import { ManualClock } from 'specter-runtime/testing';
import { Ticker } from './ticker.js';

test('ticks once in a second until it is stopped, and counts on when it is started again', async () => {
  const clock = new ManualClock();
  const ticker = new Ticker({ clock });

  await ticker.start();
  await clock.advance(3000);
  expect(ticker.state).toEqual({ ticks: 3 });

  await ticker.stop();
  expect(clock.pending).toBe(0); // the timer is gone
  await clock.advance(10_000);
  expect(ticker.state).toEqual({ ticks: 3 });

  await ticker.start();
  await clock.advance(1000);
  expect(ticker.state).toEqual({ ticks: 4 });
  await ticker.stop();
});

test('a timer before the start is an error that says what to do', () => {
  const ticker = new Ticker();
  expect(() => ticker.interval(() => {}, 1000)).toThrow(/Ticker.*onStart/s);
});
