// The architecture's tables, held against the sources. Each rule is also tried on a bad source, to show that it can fail.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as rules from './architecture/rules.js';
import { parseSource, readSources } from './architecture/source.js';

const root = join(__dirname, '..');
const src = readSources(join(root, 'src'));
const tests = readSources(join(root, 'test')).filter(({ path }) => !path.startsWith('architecture'));
const file = (path: string, text: string) => parseSource(path, text);

/** What each folder may import besides itself. Nobody imports the roof, but the roof's own files. */
const GROUND = ['kernel'];
const TOOLS = ['validation', 'storage', 'process', 'observability'];
const ENGINE = [...GROUND, ...TOOLS, 'app'];
const DOORS = ['sources', 'http', 'sockets', 'actions', 'queue'];
const ROOF = [...ENGINE, ...DOORS, 'roof'];
const FLOORS: Record<string, readonly string[]> = {
  kernel: [],
  client: GROUND,
  browser: GROUND,
  validation: GROUND,
  storage: GROUND,
  process: GROUND,
  observability: GROUND,
  sources: [...GROUND, 'storage', 'process', 'observability'],
  app: [...GROUND, 'validation', 'observability'],
  http: ENGINE,
  sockets: [...ENGINE, 'http'],
  queue: ENGINE,
  actions: [...ENGINE, 'http', 'sockets', 'queue'],
  roof: [...ROOF, 'client'],
  testing: ROOF,
  cli: ROOF,
};

/** Single arrows that the floors forbid, each with its reason beside it. */
const SIDEWAYS: string[] = [];

/** The one file that may import a package by value. */
const PACKAGE_DOORS: Record<string, string> = {
  koa: 'http/entrance.ts',
  'find-my-way': 'http/routes.ts',
  '@koa/router': 'http/routes.ts',
  'socket.io': 'sockets/server.ts',
  tsyringe: 'app/container.ts',
  'reflect-metadata': 'app/container.ts',
  'class-validator': 'validation/decorator-notes.ts',
  'class-transformer': 'validation/decorator-notes.ts',
  'better-sqlite3': 'storage/database.ts',
  pino: 'observability/logger.ts',
  'node-unix-socket': 'observability/notify-socket.ts',
  croner: 'app/cron.ts',
  supertest: 'testing/http-agent.ts',
  'socket.io-client': 'testing/test-socket.ts',
};

/** Who may start a process; besides the door, one that tells systemd and one that runs Node anew, neither of which has an owner. */
const SPAWNERS = ['process/child.ts', 'observability/notify-socket.ts', 'testing/natural-exit.ts'];

const ENTRY_POINTS = ['index.ts', 'testing/index.ts', 'client/index.ts'];
const EMPTY_NAMES = /(^|[/.-])(utils?|common|helpers?|shared|misc|base)[/.-]|\.(service|interface)\.ts$/;

/** Files over 250 lines, and why they are one file. */
const LONG_FILES: Record<string, string> = {
  'application.ts': 'the roof: one class is the face of everything that it joins',
  'app/container.ts': 'one walk that makes every kind of provider; its parts share what has been made so far',
  'kernel/runner.ts': 'one state machine, read from top to bottom',
  'kernel/scope.ts': 'one list, with everything that is put on it and the one way it is closed',
};

/** Who may make a call that others go through the scope, the clock or the logger for. */
const CALLS: Record<string, readonly string[]> = {
  setTimeout: ['kernel/clock.ts'],
  setInterval: [],
  setImmediate: ['testing/manual-clock.ts'],
  clearTimeout: ['kernel/clock.ts'],
  clearInterval: [],
  // The client listens on a socket that is not its own, and gives back what it took in the same function.
  '.off': ['client/socket-transport.ts'],
  '.removeListener': [
    'app/signals.ts',
    'process/exit-guard.ts',
    'testing/leak-check.ts',
    'testing/listeners.ts',
    'testing/unstopped.ts',
  ],
  '.removeAllListeners': [],
  'console.': ['kernel/events.ts', 'testing/test-application.ts'],
};

/** Test files that wait on real time, because a real process or socket is what they test. */
const SLEEPERS = [
  'processes/crash.ts',
  'processes/run.ts',
  'processes/signals.ts',
  'processes/two-applications.ts',
  'testing/opened.ts',
];
// Raw intervals that nobody owns are what these tests are about.
const LEAKERS = [
  'laws/failing-start.ts',
  'laws/hung-stop.ts',
  'natural-exit.test.ts',
  'processes/crash.ts',
  'processes/everything.ts',
  'testing/opened.ts',
  'testing/test-application.test.ts',
];

test.each<[string, () => string[], () => string[]]>([
  [
    'imports point down',
    () => rules.upwardImports(src, FLOORS, SIDEWAYS),
    () => rules.upwardImports([file('kernel/a.ts', "import type { B } from '../app/b.js';")], FLOORS, SIDEWAYS),
  ],
  [
    'tools do not know each other',
    () => rules.upwardImports(src, FLOORS, SIDEWAYS),
    () => rules.upwardImports([file('storage/a.ts', "import { b } from '../validation/b.js';")], FLOORS, SIDEWAYS),
  ],
  [
    'a package is imported by value in its door alone',
    () => rules.sideDoors(src, PACKAGE_DOORS),
    () => rules.sideDoors([file('app/a.ts', "async function a() { await import('koa'); }")], PACKAGE_DOORS),
  ],
  [
    'what runs anywhere imports nothing of Node',
    () => rules.platformImports(src, ['kernel', 'client', 'browser']),
    () => rules.platformImports([file('kernel/a.ts', "import type { Server } from 'node:http';")], ['kernel']),
  ],
  [
    'child processes are made through one file',
    () => rules.hostImports(src, 'node:child_process', SPAWNERS),
    () => rules.hostImports([file('app/a.ts', "import { fork } from 'node:child_process';")], 'node:child_process', []),
  ],
  [
    'no two files need each other at run time',
    () => rules.valueCycles(src),
    () => rules.valueCycles([file('a.ts', "import { b } from './b.js';"), file('b.ts', "export { a } from './a.js';")]),
  ],
  [
    'only entry points are named index.ts, nobody imports one, and nothing is export *',
    () => rules.barrels(src, ENTRY_POINTS),
    () => rules.barrels([file('index.ts', "export * from './a.js';")], ENTRY_POINTS),
  ],
  [
    'a file is named by what it holds',
    () => rules.emptyNames(src, EMPTY_NAMES),
    () => rules.emptyNames([file('app/mail.service.ts', '')], EMPTY_NAMES),
  ],
  [
    'files are short',
    () => rules.longFiles(src, { lines: 250, hard: 400 }, LONG_FILES),
    () => rules.longFiles([file('a.ts', 'a;\n'.repeat(251))], { lines: 250, hard: 400 }, {}),
  ],
  [
    'functions are short',
    () => rules.longFunctions(src, { median: 8, most: 25, each: 50 }),
    () => rules.longFunctions([file('a.ts', `function a() {${'\n'.repeat(50)}}`)], { median: 60, most: 60, each: 50 }),
  ],
  [
    'time, listeners and the console are reached through one file each',
    () => rules.callsElsewhere(src, CALLS),
    () => rules.callsElsewhere([file('app/a.ts', "emitter?.off('end', done);")], CALLS),
  ],
  [
    'nobody but the logger writes log lines',
    () => rules.logCalls(src, 'observability/logger.ts'),
    () => rules.logCalls([file('app/a.ts', "class A { a() { this.#logger?.info('a'); } }")], 'observability/logger.ts'),
  ],
  [
    'every error code has an entry in docs/errors.md',
    () => rules.unwrittenCodes(src, readFileSync(join(root, 'docs/errors.md'), 'utf8')),
    () => rules.unwrittenCodes([file('a.ts', "const code = 'SPECTER_NOT_FOUND';")], '## SPECTER_NOT_FOUND_HERE'),
  ],
  [
    'every error code is provoked by a test',
    () => rules.unwrittenCodes(src, tests.map(({ text }) => text).join('\n')),
    () => rules.unwrittenCodes([file('a.ts', "const code = 'SPECTER_NOT_FOUND';")], ''),
  ],
  [
    'tests do not sleep',
    () => rules.callsElsewhere(tests, { setTimeout: SLEEPERS, setInterval: LEAKERS }),
    () =>
      rules.callsElsewhere([file('a.test.ts', 'await new Promise((done) => setTimeout(done, 5));')], {
        setTimeout: [],
      }),
  ],
])('%s', (_promise, violations, ofBadVariant) => {
  expect(ofBadVariant()).toHaveLength(1);
  expect(violations()).toEqual([]);
});
