// After app.stop() nothing that the application owned is alive, and the process ends by itself.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitError, type Leak, naturalExit } from '../src/testing/index.js';
import { compiled } from './processes/compiled.js';

const EVERYTHING = join(__dirname, 'processes', 'everything.ts');
/** Half a second is the promise; a machine that does other things as well may take longer over it. */
const within = process.env.SPECTER_TIMINGS ? 500 : 10_000;

interface Found {
  readonly leaks: readonly Leak[];
  readonly missing: readonly string[];
  readonly resources: { readonly before: readonly string[]; readonly after: readonly string[] };
}

async function run(duration: number, ...leaving: string[]): Promise<Found & { after: number }> {
  const { output, after } = await naturalExit(compiled(EVERYTHING), {
    args: [String(duration), ...leaving],
    env: { NODE_ENV: 'test' },
    stopped: /^it stopped$/,
    within,
  });
  const report = output.split('\n').find((line) => line.startsWith('{'));
  return { ...(JSON.parse(report ?? '{}') as Found), after };
}

const texts = ({ leaks }: Found) => leaks.map(({ kind, label, place }) => [kind, label, place].join(' '));

test('an application that uses everything stops, no probe sees a difference, and the process ends by itself', async () => {
  const found = await run(2_000 * Number(process.env.RELIABILITY_SCALE ?? 0.2));
  expect(texts(found)).toEqual([]);
  expect(found.missing).toEqual(process.platform === 'linux' ? [] : ['files', 'threads', 'processes']);
  expect(found.resources.after).toEqual(found.resources.before);
});

test("an interval that was unref'd is seen, by file and line; Node's own list of active resources has not got it", async () => {
  const found = await run(50, 'an unref interval');
  expect(texts(found)).toEqual([expect.stringMatching(/^timer made behind .*everything\.js:\d+:\d+$/)]);
  expect(found.resources.after).toEqual(found.resources.before);
});

describe('what it leaves behind is seen:', () => {
  const LEFT: [string, string, RegExp[]][] = [
    ['a listener of another emitter', 'a listener', [/^listener "anything" of outside/]],
    ['a listener of process', 'a listener on process', [/^listener "SIGUSR2" .*everything\.js:\d+/, /handle signal/]],
    ['a warning of too many listeners', 'a warning', [/^warning .*11 anything listeners/]],
  ];
  if (process.platform === 'linux')
    LEFT.push(
      ['an open file', 'a file', [/^file .*specter-everything/]],
      ['a process whose parent has ended', 'a grandchild', [/^process \d+ sleep 301/]],
    );
  let found: string[];
  beforeAll(async () => {
    found = texts(await run(50, ...LEFT.map(([, leaving]) => leaving)));
  });

  test.each(LEFT)('%s', (_, _leaving, expected) => {
    for (const pattern of expected) expect(found).toContainEqual(expect.stringMatching(pattern));
  });

  test('and nothing else', () => {
    expect(found).toHaveLength(LEFT.flatMap(([, , patterns]) => patterns).length);
  });
});

describe('naturalExit()', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'specter-exit-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  let programs = 0;
  const exit = (source: string, options: object = {}) => {
    const file = join(folder, `${programs++}.cjs`);
    writeFileSync(file, source);
    return naturalExit(file, options);
  };

  test('tells how long it took, and what was printed', async () => {
    const { after, output } = await exit("console.log('begun'); console.log('stopped'); console.error('late words')");
    expect(after).toBeLessThan(10_000);
    expect(output.split('\n').sort()).toEqual(['begun', 'late words', 'stopped']);
  });

  test.each<[string, string, object, RegExp]>([
    [
      'is kept alive by something',
      "console.log('stopped'); setInterval(() => {}, 1000)",
      { within: 200 },
      /was still running 200 ms after it stopped: something keeps it alive. It printed:\nstopped/,
    ],
    [
      'never says that it stopped',
      'setInterval(() => {}, 1000)',
      { timeout: 200 },
      /did not say within 200 ms that it stopped. It printed nothing/,
    ],
    ['ends without having said that it stopped', '', {}, /ended without having said/],
    ['fails', "throw new Error('no disk')", {}, /ended with exit code 1[\s\S]*no disk/],
    ['fails after it stopped', "console.log('stopped'); process.exitCode = 3", {}, /ended with exit code 3/],
    ['is killed', "console.log('stopped'); process.kill(process.pid, 'SIGKILL')", {}, /ended with SIGKILL/],
  ])('a program that %s is SPECTER_NO_EXIT', async (_, source, options, message) => {
    const error = await exit(source, options).then(
      () => undefined,
      (thrown: ExitError) => thrown,
    );
    expect(error).toBeInstanceOf(ExitError);
    expect(error).toMatchObject({ code: 'SPECTER_NO_EXIT', message: expect.stringMatching(message) });
  });
});
