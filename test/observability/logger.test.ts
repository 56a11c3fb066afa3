import { Events, type LifecycleEvent } from '../../src/kernel/events.js';
import { defaultLogger, type Logger, logEvents } from '../../src/observability/logger.js';

const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} };

test('a logger gets the events of the levels that it writes, and nobody makes the others', () => {
  const events = new Events(undefined, { quiet: true });
  const lines: string[] = [];
  const logger: Logger = {
    ...quiet,
    info: (_fields, text) => void lines.push(text),
    debug: (_fields, text) => void lines.push(text),
    isLevelEnabled: (level) => level !== 'debug',
  };
  const release = logEvents(events, logger);
  expect([events.has('starting'), events.has('started')]).toEqual([false, true]);
  events.emit('starting', { service: 'Clock' });
  events.emit('started', { service: 'Clock', duration: 5 });
  expect(lines).toEqual(['Clock started in 5 ms']);
  release();
  expect(events.has('started')).toBe(false);
});

test('a level that changes while it runs is obeyed', () => {
  const events = new Events(undefined, { quiet: true });
  let least = 'info';
  const lines: string[] = [];
  const logger: Logger = {
    ...quiet,
    debug: (_fields, text) => void lines.push(text),
    isLevelEnabled: (level) => least === 'debug' || level !== 'debug',
  };
  logEvents(events, logger);
  events.emit('starting', { service: 'one' });
  least = 'debug';
  events.emit('starting', { service: 'two' });
  expect([events.has('starting'), lines]).toEqual([true, ['two is starting']]);
});

test('a logger that cannot say its level gets everything', () => {
  const events = new Events(undefined, { quiet: true });
  const lines: string[] = [];
  logEvents(events, { ...quiet, debug: (_fields, text) => void lines.push(text) });
  events.emit('starting', { service: 'Clock' });
  expect([events.has('starting'), lines]).toEqual([true, ['Clock is starting']]);
});

test('pino says its level', () => {
  const events = new Events(undefined, { quiet: true });
  logEvents(events, defaultLogger({ level: 'warn', pretty: true }));
  expect([events.has('started'), events.has('failed')]).toEqual([false, true]);
});

test('a level may depend on the event', () => {
  const events = new Events(undefined, { quiet: true });
  const heard: LifecycleEvent[] = [];
  events.word({ stopped: { level: ({ duration }) => (duration > 10 ? 'warn' : 'debug'), sentence: () => 'stopped' } });
  events.onLevel(
    (level) => level === 'warn',
    (event) => void heard.push(event),
  );
  expect(events.has('stopped')).toBe(true);
  events.emit('stopped', { service: 'fast', duration: 1, failures: [] });
  events.emit('stopped', { service: 'slow', duration: 11, failures: [] });
  expect(heard).toMatchObject([{ service: 'slow' }]);
});

test('a listener of levels that fails is reported, and the others still hear', () => {
  const reported = jest.spyOn(console, 'error').mockImplementation();
  const events = new Events(undefined, { quiet: true });
  const heard = jest.fn();
  const always = () => true;
  events.onLevel(always, () => {
    throw new Error('broken');
  });
  events.onLevel(always, heard);
  events.emit('starting', { service: 'Clock' });
  expect(heard).toHaveBeenCalledTimes(1);
  expect(reported).toHaveBeenCalledTimes(1);
  reported.mockRestore();
});
