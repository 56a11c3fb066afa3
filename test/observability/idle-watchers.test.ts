// A watcher that nobody set going is told of, with the line that made it.
import { type Application, createApplication, createWatcher, Lifecycle, Module, type Watch } from '../../src/index.js';

const endless = { poll: () => 1, interval: 86_400_000 };
let app: Application;
let later: () => unknown = () => {};
let begin: (self: Lifecycle) => unknown = () => {};

class Probe extends Lifecycle {
  protected override onStart() {
    return begin(this) as Promise<void>;
  }
}

@Module({ providers: [Probe] })
class App {}

async function told(): Promise<string[]> {
  const log: string[] = [];
  app = createApplication(App, { logger: false, env: {} });
  app.events.on('watch-idle', (event) => void log.push(app.events.wordingOf(event).text));
  await app.start();
  await later();
  await app.stop();
  return log;
}

beforeEach(() => {
  [begin, later] = [() => {}, () => {}];
});
afterEach(() => app.stop());

// Teeth: no poll, and not a word (tried).
test.each<[string, (make: () => unknown) => unknown]>([
  ['at once', (make) => void make()],
  ['after an await', (make) => Promise.resolve().then(make)],
])('made in onStart %s without an owner, and never started', async (_, when) => {
  begin = () => when(() => void createWatcher('memory', endless).subscribe(() => {}));
  const [line, ...more] = await told();
  expect(line).toMatch(
    /^The watcher "memory" \(\S*idle-watchers\.test\.ts:\d+:\d+\) tells nothing: it has no owner, and was not started\. Give it \{ owner: this \}, or call its start\(\) and stop\(\)$/,
  );
  expect(more).toEqual([]);
});

test('made while the application runs it is told of when that stops', async () => {
  later = () => void createWatcher('late', endless);
  expect(await told()).toEqual([expect.stringContaining('"late"')]);
});

test('nothing is told of one that has an owner, was started, or adopted, or was made before', async () => {
  const before = createWatcher('before', endless);
  const made: Watch<number>[] = [];
  const make = (name: string, owner?: Lifecycle) => made[made.push(createWatcher(name, { ...endless, owner })) - 1];
  begin = async (self) => {
    make('owned', self);
    await make('started')?.start();
    await (await make('over')?.start())?.stop();
  };
  expect(await told()).toEqual([]);
  for (const one of [before, ...made]) await one[Symbol.asyncDispose]();
});

test('one application does not tell of what another one had at its start', async () => {
  begin = () => void createWatcher('first', endless);
  expect(await told()).toHaveLength(1);
  begin = () => {};
  expect(await told()).toEqual([]);
});
