// Sources in a class, as users write them: on fields, living by the application's clock, stopped and restarted with it.
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createWatcher,
  type FileChange,
  Lifecycle,
  Module,
  Observe,
  Poll,
  pollUrl,
  Service,
  Stream,
  tailFile,
  type Unchanged,
  Watch,
  Watcher,
  watchFiles,
} from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';

const folder = mkdtemp(join(tmpdir(), 'specter-sources-'));
afterAll(async () => rm(await folder, { recursive: true }));

const at = { folder: '' };
let app: TestApplication;
beforeAll(async () => {
  at.folder = await folder;
  await writeFile(join(at.folder, 'app.log'), 'old\n');
});
afterEach(() => app?.stop());

@Watcher()
class Inbox extends Watch<FileChange> {
  @Stream() readonly changes = watchFiles(at.folder, { interval: 1_000 });
}

@Watcher({ restart: { on: 'failure', backoff: { jitter: 0 } } })
class Log extends Watch<string> {
  @Stream() readonly lines = tailFile(join(at.folder, 'app.log'), { interval: 1_000 });
}

@Watcher()
class Weather extends Watch<number> {
  @Poll(60_000, { retry: 1, backoff: { min: 1_000 } }) readonly read: (
    signal: AbortSignal,
  ) => Promise<number | Unchanged> = pollUrl<number>('http://127.0.0.1:1/');
}

@Service()
class Desk extends Lifecycle<{ seen: string[] }> {
  readonly beat = createWatcher('beat', { poll: () => 'beat', interval: 86_400_000 });
  constructor() {
    super({ seen: [] });
    this.beat.subscribe((beat) => this.see(beat));
  }
  see(what: string) {
    this.setState({ seen: [...this.state.seen, what] });
  }
  @Observe(Inbox) onChange({ type }: FileChange) {
    this.see(type);
  }
  @Observe(Log) onLine(line: string) {
    this.see(line);
  }
}

@Module({ providers: [Inbox, Log, Weather, Desk] })
class AppModule {}

test('fields are sources, virtual time is theirs, a restart loses nothing, and a stop leaves nothing', async () => {
  app = await testApplication(AppModule, { logger: false }).start();
  await app.clock.advance(2_000);
  expect(app.get(Desk).state.seen).toEqual(['beat']);
  expect((await app.health()).services.Weather).toMatchObject({ status: 'down' });

  await appendFile(join(at.folder, 'app.log'), 'one\n');
  await app.clock.advance(3_000);
  expect(app.get(Desk).state.seen.slice(1).sort()).toEqual(['changed', 'one']);

  const restarted = app.restart(Log);
  await appendFile(join(at.folder, 'app.log'), 'two\n');
  await restarted;
  await app.clock.advance(3_000);
  expect(app.get(Desk).state.seen.filter((line) => line === 'two')).toHaveLength(1);
  expect(app.get(Desk).state.seen.filter((line) => line === 'beat')).toHaveLength(2);
  // Rejects when a timer, a watch or a file is left.
  await app.stop();
});

test('a week of polls each minute, with a device that fails each day, takes moments', async () => {
  let polls = 0;
  @Watcher()
  class Device extends Watch<number> {
    @Poll(60_000, { dedupe: true }) read() {
      if (++polls % 1_440 < 3) throw new Error('unplugged');
      return Math.floor(polls / 60);
    }
  }
  @Service()
  class Chart extends Lifecycle<{ points: number }> {
    constructor() {
      super({ points: 0 });
    }
    @Observe(Device) draw() {
      this.setState({ points: this.state.points + 1 });
    }
  }
  @Module({ providers: [Device, Chart] })
  class WeekModule {}
  app = await testApplication(WeekModule, { logger: false }).start();
  const begun = performance.now();
  await app.clock.advance(7 * 86_400_000);
  const took = performance.now() - begun;
  expect(polls).toBeGreaterThan(10_000);
  expect(app.get(Chart).state.points).toBeGreaterThan(160);
  expect(took).toBeLessThan(process.env.SPECTER_TIMINGS ? 2_000 : 30_000);
}, 60_000);
