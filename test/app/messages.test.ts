// What somebody reads when something is wrong: the log, the printed error, and the ownership tree.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { IsPort } from 'class-validator';
import { NOTHING_LEFT, reasonOfEnd } from '../../src/app/reasons.js';
import {
  type ApplicationOptions,
  Config,
  Controller,
  Cron,
  createApplication,
  Get,
  Inject,
  Interval,
  Lifecycle,
  type Logger,
  Module,
  Observe,
  Poll,
  Service,
  tag,
  Watch,
  Watcher,
} from '../../src/index.js';
import { fieldsOf, framesBelow, withoutCauses } from '../../src/observability/log-fields.js';
import { rejection } from '../kernel/heard.js';
import { named } from './boot.js';

@Service()
class Disk extends Lifecycle {}

@Module({ providers: [Disk] })
class DiskApp {}

function open(root: Parameters<typeof createApplication>[0], options: ApplicationOptions = {}) {
  const lines: string[] = [];
  const keep = (level: string) => (_fields: object, text: string) => void lines.push(`${level} ${text}`);
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
  const logger = Object.fromEntries(levels.map((level) => [level, keep(level)])) as unknown as Logger;
  return { app: createApplication(root, { logger, env: {}, ...options }), lines };
}

async function messageOfStart(providers: readonly object[], options: ApplicationOptions = {}): Promise<string> {
  class App {}
  Module({ providers: providers as never })(App);
  return (await rejection(open(App, options).app.start())).message;
}

describe('a fault of the wiring', () => {
  @Service()
  class Player {
    constructor(@Inject('nothing') readonly it: unknown) {}
  }
  @Module({ providers: [Player] })
  class App {}

  test('is in the log, as the reason why nothing started, and nothing says that something has stopped', async () => {
    const { app, lines } = open(App);
    await rejection(app.start());
    expect(lines).toEqual([
      expect.stringMatching(/^fatal Not started: The application cannot be wired, 1 fault:\n {2}- SPECTER_MISSING/),
      'info Ended without having started',
    ]);
  });

  // Teeth: with the stacks of the way through the framework, the faults as a list and the cause it has over 30 lines (seen).
  test('is printed by Node in few lines, none of them of the framework and none of them twice', async () => {
    const error = await rejection(open(App).app.start());
    const text = inspect(error, { customInspect: false });
    expect(text.split('\n').length).toBeLessThan(12);
    expect(text.match(/needs "nothing"/g)).toHaveLength(1);
    expect(text).not.toMatch(/\/src\/(app|kernel|application)/);
    expect((error as unknown as AggregateError).errors).toHaveLength(1);
  });

  test('so is a start that took too long, with its one reason', async () => {
    @Service({ startTimeout: 10, stopTimeout: 10 })
    class Hangs {
      onStart() {
        return new Promise(() => {});
      }
    }
    @Module({ providers: [Hangs] })
    class Hung {}
    const error = await rejection(open(Hung).app.start());
    expect(error.cause).toMatchObject({ code: 'SPECTER_START_TIMEOUT' });
    expect(inspect(error, { customInspect: false }).match(/did not start within/g)).toHaveLength(1);
  });

  test('names a text as a text, and says that it may be optional only where it may', async () => {
    @Service({ dependsOn: ['other'] })
    class Late {}
    const message = await messageOfStart([Player, Late]);
    expect(message).toContain('Add "nothing" to the providers of a module, or mark it optional.');
    expect(message).toContain('Add "other" to the providers of a module. ');
  });

  test('of the environment and of a doubled route has the places of its classes', async () => {
    @Config()
    class DoorConfig {
      @IsPort() door!: string;
    }
    @Controller('/a')
    class One {
      @Get('/') read() {}
    }
    @Controller('/a')
    class Two {
      @Get('/') read() {}
    }
    const message = await messageOfStart([DoorConfig, One, Two]);
    expect(message).toMatch(/DOOR is not set: .*\n\s+at test\/app\/messages\.test\.ts/);
    expect(message).toMatch(
      /SPECTER_DUPLICATE_ROUTE .*\n\s+at test\/app\/messages\.test\.ts:\d+\n\s+at test\/app\/messages/,
    );
  });
});

describe('an option that nobody reads is refused, with the near name', () => {
  test.each([
    [{ startTimout: 5 }, 'has the option startTimout, which nobody reads. Did you mean startTimeout?'],
    [
      { restart: { maxRestart: 3 } },
      'restart of Odd has the option maxRestart, which nobody reads. Did you mean maxRestarts?',
    ],
    [{ restart: { backoff: { mix: 3 } } }, 'restart.backoff of Odd has the option mix, which nobody reads.'],
  ])('of a class: %j', async (options, text) => {
    class Odd {}
    Service(options as never)(Odd);
    expect(await messageOfStart([Odd])).toContain(text);
  });

  test('of the application', () => {
    expect(() => createApplication(DiskApp, { bot: 'serial' } as ApplicationOptions)).toThrow(
      expect.objectContaining({
        code: 'SPECTER_INVALID_ARGUMENT',
        message: 'The application has the option bot, which nobody reads. Did you mean boot?',
      }),
    );
  });

  test('what a role of others adds is theirs', async () => {
    class Paged {}
    tag({ name: 'paged' }, { page: 3, every: 5 } as object)(Paged);
    class App {}
    Module({ providers: [Paged] })(App);
    const { app } = open(App);
    await app.start();
    await app.stop();
  });
});

describe('app.restart()', () => {
  test.each([
    [new Disk(), 'app.restart(an instance of Disk): '],
    [
      undefined,
      'app.restart(undefined): it names nothing, probably because of a ring of files that import each other.',
    ],
    [Symbol('x'), 'app.restart(Symbol(x)): '],
    ['Dsik', 'app.restart("Dsik"): '],
  ])('says what it was asked for: %p', async (token, text) => {
    const { app } = open(DiskApp);
    await app.start();
    expect((await rejection(app.restart(token as never))).message).toContain(text);
    await app.stop();
  });
});

describe('listen()', () => {
  test('tells a port that is taken as the reason of the stop', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { app, lines } = open(DiskApp);
    await app.start();
    await rejection(app.listen(port));
    other.close();
    expect(lines).toContainEqual(expect.stringMatching(`^info Stopping: Cannot listen on 127\\.0\\.0\\.1:${port}: `));
    expect(lines.join()).not.toContain('app.stop() was called');
    await expect(app.closed).rejects.toMatchObject({ code: 'SPECTER_LISTEN' });
  });

  test.each([
    [{ PORT: 'abc' }, 'PORT is "abc", not a number from 0 to 65535'],
    [{ HOST: 'http://here' }, 'HOST is "http://here", not a name or an address'],
  ])('refuses a variable that is neither before anything starts: %j', async (env, text) => {
    const { app, lines } = open(DiskApp, { env });
    const error = await rejection(app.listen());
    expect(error).toMatchObject({ code: 'SPECTER_APPLICATION_STATE', message: expect.stringContaining(text) });
    expect(lines).toEqual([`fatal Not started: ${error.message}`, 'info Ended without having started']);
    await expect(app.closed).rejects.toBe(error);
  });
});

test('LOG_LEVEL that is none is an error that says which there are', () => {
  expect(() => createApplication(DiskApp, { env: { LOG_LEVEL: 'verbose' } })).toThrow(
    expect.objectContaining({
      code: 'SPECTER_INVALID_ARGUMENT',
      message: 'LOG_LEVEL is "verbose"; expected one of trace, debug, info, warn, error, fatal, silent.',
    }),
  );
});

test('the log says who has used up its restarts, and an end for want of work is a warning', async () => {
  @Service({ restart: { on: 'failure', maxRestarts: 0 } })
  class SensorLink extends Lifecycle {
    lose() {
      this.spawn(() => Promise.reject(new Error('unplugged.')), { critical: true });
    }
  }
  @Module({ providers: [SensorLink] })
  class App {}
  const { app, lines } = open(App);
  await app.start();
  app.get(SensorLink).lose();
  await expect(app.closed).rejects.toThrow(/The last failure: unplugged\. Cure/);
  expect(lines).toContain('info Stopping: SensorLink has used up its restarts');
  const event = { type: 'app-draining', at: 0, reason: 'nothing keeps the process alive any more' } as const;
  expect(app.events.wordingOf(event).level).toBe('warn');
  const forgotten = { ...event, reason: reasonOfEnd({ why: NOTHING_LEFT }, true) };
  expect(app.events.wordingOf(forgotten)).toEqual({
    level: 'warn',
    text: 'Stopping: nothing keeps the process alive any more; it has routes or handlers, but listen() was not called',
  });
  expect(reasonOfEnd({ why: NOTHING_LEFT }, false)).toBe(NOTHING_LEFT);
  expect(reasonOfEnd({ why: 'SIGTERM received' }, true)).toBe('SIGTERM received');
});

test('a hung onStop is named once in the log', async () => {
  @Service({ stopTimeout: 20 })
  class Recorder extends Lifecycle {
    protected override onStop() {
      return new Promise<void>(() => {});
    }
  }
  @Module({ providers: [Recorder] })
  class App {}
  const { app, lines } = open(App);
  await app.start();
  await app.stop();
  expect(lines).toContain(
    'error Recorder.onStop() did not finish within 20 ms and was left behind; all it owns is closed now. ' +
      'Give what it awaits a deadline of its own, or raise @Service({ stopTimeout }).',
  );
});

test('what decorators begin is in the tree by the names of its methods', async () => {
  @Watcher()
  class Temperature extends Watch<number> {
    @Poll(60_000) read() {
      return 20;
    }
  }
  @Service()
  class Panel extends Lifecycle {
    @Observe(Temperature) note() {}
    @Interval(60_000) tick() {}
    @Cron('30 4 * * *') c() {}
  }
  @Module({ providers: [Panel, Temperature] })
  class App {}
  const { app } = open(App);
  await app.start();
  const text = app.tree().toText();
  for (const line of [
    'listener observes Temperature (note)',
    'timer interval of 60000 ms (tick)',
    'task cron 30 4 * * * (c)',
  ])
    expect(text).toContain(line);
  await app.stop();
});

test('two services of one name are told how to name one', async () => {
  const twins = [named('Same', class {}), named('Same', class {})];
  for (const twin of twins) Service()(twin);
  expect(await messageOfStart(twins)).toContain("Name one of them differently: @Service({ name: '...' }).");
});

describe('the fields of a log line', () => {
  const error = Object.assign(new Error('gone'), { code: 'E_GONE' });

  test('have the stack of an error once', () => {
    const failed = fieldsOf({ type: 'failed', at: 0, service: 'A', error });
    const again = fieldsOf({ type: 'rolling-back', at: 0, service: 'A', error, services: [] });
    expect(failed).toEqual({ type: 'failed', service: 'A', error });
    expect(again).toMatchObject({ error: { type: 'Error', message: 'gone', code: 'E_GONE' } });
    expect(JSON.stringify(again)).not.toContain('stack');
  });

  test('have rounded times, and no empty list of failures', () => {
    const stopped = fieldsOf({ type: 'stopped', at: 0, service: 'A', duration: 1.23456, failures: [] });
    expect(stopped).toEqual({ type: 'stopped', service: 'A', duration: 1.2 });
    expect(fieldsOf({ type: 'stopped', at: 0, service: 'A', duration: 1, failures: [error] })).toHaveProperty(
      'failures',
    );
  });

  test('have the message of an error without that of its cause, which the sentence has already', () => {
    const both = new Error('A failed: gone.', { cause: error });
    expect(withoutCauses(({ message }) => ({ message: `${message}: gone`, stack: 'both' }))(both)).toEqual({
      message: 'A failed: gone.',
      stack: 'both',
    });
    const brief = { type: 'Error', message: 'gone' };
    expect(withoutCauses(() => ({}))(brief as never)).toBe(brief);
  });

  test('people read the message once', () => {
    const stack = 'Error: gone\n    at here';
    expect(framesBelow('A failed: gone', { message: 'gone', stack })).toBe('    at here');
    expect(framesBelow('something else', { message: 'gone', stack })).toBe(stack);
  });
});
