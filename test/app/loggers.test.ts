// What a logger must have, and that no crash reason is lost with one.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Controller, createApplication, Get, Lifecycle, type Logger, Module, Service } from '../../src/index.js';
import { withoutCauses } from '../../src/observability/log-fields.js';
import { rejection } from '../kernel/heard.js';

@Service()
class Broken extends Lifecycle {
  protected override onStart() {
    throw new Error('no disk');
  }
}

@Module({ providers: [Broken] })
class BrokenApp {}

@Module({ providers: [] })
class Empty {}

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

afterEach(() => jest.restoreAllMocks());

test.each([
  [{ log() {} }, 'the option logger (it lacks trace, debug, info, warn, error): expected false, or an object with'],
  [{ ...silent, warn: 'no' }, 'the option logger (it lacks warn): expected false'],
  [true, 'the option logger: expected false, or an object with the methods trace, debug, info, warn, error, fatal'],
])('a logger that lacks a method is refused when the application is made: %#', (logger, message) => {
  expect(() => createApplication(Empty, { logger: logger as never, env: {} })).toThrow(message);
});

// Teeth: handed to a method that is not there, the reason of the crash is never written (tried).
test('console is a logger: what is fatal goes to its error', async () => {
  const lines: string[] = [];
  const logger: Logger = { ...silent, error: (_fields, text) => void lines.push(text) };
  @Module({ providers: [] })
  class App {}
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const app = createApplication(App, { logger, env: {} });
  await rejection(app.listen((taken.address() as AddressInfo).port));
  taken.close();
  expect(lines).toEqual([expect.stringMatching(/^Not started: Cannot listen on .*: another program listens there/)]);
});

test('what a logger cannot write, because it throws, is on the console when it is an error', async () => {
  const said: unknown[] = [];
  jest.spyOn(console, 'error').mockImplementation((...all) => void said.push(...all));
  const fail = () => {
    throw new Error('disk full');
  };
  const app = createApplication(BrokenApp, { logger: { ...silent, error: fail, fatal: fail }, env: {} });
  await rejection(app.start());
  expect(said).toContainEqual(expect.objectContaining({ message: 'no disk' }));
});

test('the faults of a boot are in a line of JSON as its message and its stack, not once more each', async () => {
  @Controller('/a')
  class A {
    @Get('/:id/:id') twice() {}
    @Get('/:b/:b') again() {}
  }
  @Module({ providers: [A] })
  class App {}
  const error = await rejection(createApplication(App, { logger: false, env: {} }).start());
  const shown = withoutCauses(pino.stdSerializers.err)(error);
  expect(JSON.stringify(shown).split('/a/:b/:b').length - 1).toBeLessThanOrEqual(4);
  expect(shown).toMatchObject({ aggregateErrors: undefined });
});
