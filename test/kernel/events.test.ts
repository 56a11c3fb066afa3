import { StartAbortedError } from '../../src/kernel/errors.js';
import { Events } from '../../src/kernel/events.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

declare module '../../src/kernel/events.js' {
  interface LifecycleEventMap {
    'test-door-opened': { service: string; port: number };
  }
}

let print: jest.SpyInstance;
beforeEach(() => {
  print = jest.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => print.mockRestore());

test('an event has its type, the wall time of the clock, and its data', async () => {
  const clock = new ManualClock({ now: 1_000 });
  await clock.advance(5);
  const events = new Events(clock);
  const fn = jest.fn();
  events.on('starting', fn);
  events.emit('starting', { service: 'Disk' });
  expect(fn).toHaveBeenCalledWith({ type: 'starting', at: 1_005, service: 'Disk' });
});

test("listeners of one type hear that type, those of '*' hear all", () => {
  const events = new Events();
  const log: string[] = [];
  events.on('stopping', ({ type }) => log.push(`one ${type}`));
  events.on('*', ({ type }) => log.push(`all ${type}`));
  events.emit('starting', { service: 'a' });
  events.emit('stopping', { service: 'a' });
  expect(log).toEqual(['all starting', 'one stopping', 'all stopping']);
});

test('an event that carries an error is heard as a failure, whatever its type', () => {
  const events = new Events();
  const log: string[] = [];
  const release = events.onFailure(({ type, error }) => log.push(`${type}: ${error.message}`));
  events.emit('starting', { service: 'a' });
  events.emit('failed', { service: 'a', error: new Error('one') });
  release();
  events.emit('start-failed', { service: 'a', duration: 1, error: new Error('two') });
  expect(log).toEqual(['failed: one']);
  expect(print).toHaveBeenCalledTimes(1);
});

test('an emitter can ask whether anybody would hear an event of a type', () => {
  const events = new Events();
  events.onFailure(() => {});
  const asked = () => [events.has('starting'), events.has('stopping')];
  expect(asked()).toEqual([false, false]);
  const releases = [events.on('starting', () => {}), events.on('starting', () => {})];
  expect(asked()).toEqual([true, false]);
  for (const release of releases) release();
  expect(asked()).toEqual([false, false]);
  const release = events.on('*', () => {});
  expect(asked()).toEqual([true, true]);
  release();
  expect(asked()).toEqual([false, false]);
});

test('the same function may listen twice, and each release ends one of them', () => {
  const events = new Events();
  const fn = jest.fn();
  const release = events.on('starting', fn);
  events.on('starting', fn);
  release();
  release();
  events.emit('starting', { service: 'a' });
  expect(fn).toHaveBeenCalledTimes(1);
});

test('emit never throws: a listener that does is printed, and the others still hear', () => {
  const events = new Events();
  const fn = jest.fn();
  events.on('starting', () => {
    throw new Error('bad listener');
  });
  events.on('starting', fn);
  events.emit('starting', { service: 'a' });
  expect(fn).toHaveBeenCalledTimes(1);
  expect(print).toHaveBeenCalledWith(expect.stringContaining('starting'), new Error('bad listener'));
});

test('a listener that ends itself while it hears counts as having heard', () => {
  const events = new Events();
  const release = events.on('failed', () => release());
  events.emit('failed', { service: 'a', error: new Error('heard') });
  expect(print).not.toHaveBeenCalled();
  events.emit('failed', { service: 'a', error: new Error('unheard') });
  expect(print).toHaveBeenCalledWith('a failed: unheard', new Error('unheard'));
});

test('without any listener warnings and errors are printed, and nothing else is', () => {
  const events = new Events();
  events.emit('started', { service: 'a', duration: 1 });
  expect(print).not.toHaveBeenCalled();
  events.emit('slow-listener', { service: 'a', event: 'e', duration: 80.04 });
  expect(print).toHaveBeenCalledWith('a: listener of "e" blocked everybody for 80 ms', '');
});

test('every event of the kernel reads as a sentence that names its service', () => {
  const events = new Events();
  const error = new Error('why');
  const said = [
    events.wordingOf({ type: 'starting', at: 0, service: 'S' }),
    events.wordingOf({ type: 'started', at: 0, service: 'S', duration: 1.26 }),
    events.wordingOf({ type: 'start-failed', at: 0, service: 'S', duration: 1, error }),
    events.wordingOf({ type: 'stopping', at: 0, service: 'S' }),
    events.wordingOf({ type: 'stopped', at: 0, service: 'S', duration: 1, failures: [error] }),
    events.wordingOf({ type: 'rolling-back', at: 0, service: 'S', error, services: [] }),
    events.wordingOf({ type: 'failed', at: 0, service: 'S', error }),
    events.wordingOf({ type: 'release-failed', at: 0, service: 'S', error }),
    events.wordingOf({ type: 'task-failed', at: 0, service: 'S', task: 't', error }),
    events.wordingOf({ type: 'timer-failed', at: 0, service: 'S', timer: 't', error }),
    events.wordingOf({ type: 'listener-failed', at: 0, service: 'S', event: 'e', error }),
    events.wordingOf({ type: 'slow-listener', at: 0, service: 'S', event: 'e', duration: 80 }),
    events.wordingOf({ type: 'watch-failed', at: 0, service: 'S', error, retryIn: 1_000 }),
  ];
  expect(said.map(({ level, text }) => `${level}: ${text}`)).toEqual([
    'debug: S is starting',
    'info: S started in 1.3 ms',
    'error: S failed to start: why',
    'debug: S is stopping',
    'info: S stopped in 1 ms with 1 failure',
    'error: S failed, rolling back: nothing had started',
    'error: S failed: why',
    'error: S: why',
    'error: S: task "t" failed: why',
    'error: S: t failed: why',
    'error: S: listener of "e" failed: why',
    'warn: S: listener of "e" blocked everybody for 80 ms',
    'warn: S: why; next try in 1000 ms',
  ]);
});

test('a door words its own events; one that nobody worded is still told', () => {
  const events = new Events();
  const event = { type: 'test-door-opened', at: 0, service: 'Door', port: 80 } as const;
  expect(events.wordingOf(event)).toEqual({ level: 'info', text: 'test-door-opened' });
  events.word({ 'test-door-opened': { level: 'debug', sentence: (e) => `${e.service} opened ${e.port}` } });
  expect(events.wordingOf(event)).toEqual({ level: 'debug', text: 'Door opened 80' });
});

test('a start that was given up reads as news and not as an error: nobody has failed', () => {
  const events = new Events();
  const error = new StartAbortedError('The application', 'it was stopped meanwhile');
  const at = 0;
  expect(events.wordingOf({ type: 'start-failed', at, service: 'Disk', duration: 1, error })).toMatchObject({
    level: 'info',
  });
  expect(events.wordingOf({ type: 'rolling-back', at, service: 'The application', error, services: [] })).toEqual({
    level: 'info',
    text: 'The application gives its start up, rolling back: nothing had started',
  });
});
