// A program whose third level of five fails to start, in the way that its argument says; for the law of all or nothing.
import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { bootstrap, type Class, Controller, Get, Lifecycle, Module, Service } from '../../src/index.js';
import { leakCheck } from '../../src/testing/index.js';

const say = (text: string) => process.stdout.write(`${text}\n`);
const [way = 'throws', port = '0'] = process.argv.slice(2);

/** What the failing service opens before it fails. */
async function acquire(it: Lifecycle): Promise<void> {
  it.interval(() => {}, 1_000);
  it.listen('event', () => {});
  it.own(await open(fileURLToPath(import.meta.url)));
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  it.own(child, async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    say(`child ${child.pid} has ended`);
  });
}

async function fail(it: Lifecycle): Promise<void> {
  if (way === 'acquires') await acquire(it);
  if (way === 'times-out') await it.sleep(60_000);
  if (way === 'rejects') await Promise.reject(new Error('no tuner'));
  throw new Error('no tuner');
}

const levels: Class[][] = [];
for (let level = 0; level < 5; level++) {
  const before = levels[level - 1] ?? [];
  levels.push(
    Array.from({ length: 4 }, (_, i) => {
      const name = `L${level}S${i}`;
      class Unit extends Lifecycle {
        protected override async onStart() {
          say(`${name} starts`);
          // Long enough for many who ask whether it is ready.
          if (level < 2) await this.sleep(20);
          if (name === 'L2S1') await fail(this);
          say(`${name} started`);
        }
        protected override onStop() {
          say(`${name} stopped`);
        }
      }
      Service({ name, dependsOn: before, startTimeout: 500 })(Unit);
      return Unit;
    }),
  );
}

@Controller('/')
class Home {
  @Get('/') home() {
    return {};
  }
}

@Module({ providers: [...levels.flat(), Home] })
class App {}

/** Whether somebody answers that the application is ready, asked all the time. */
let answers = 0;
let asked = 0;
const poll = setInterval(() => {
  asked++;
  request({ port, path: '/health/ready' }, (response) => {
    answers++;
    response.resume();
  })
    .on('error', () => {})
    .end();
}, 5);
process.on('exit', (code) =>
  say(
    `exit ${code}, asked ${asked > 0}, answers ${answers}, left ${process
      .getActiveResourcesInfo()
      .filter((kind) => kind !== 'TickObject')
      .sort()}`,
  ),
);

const check = await leakCheck();
const app = bootstrap(App, { logger: false });
app
  .then((it) => it.listen(Number(port)))
  .then(
    () => say('it started'),
    async (error: Error & { code?: string; service?: string; rolledBack?: string[] }) => {
      clearInterval(poll);
      say(`probes ${JSON.stringify(await check.leaks())}`);
      check.close();
      say(
        JSON.stringify({
          code: error.code,
          service: error.service,
          rolledBack: error.rolledBack,
          message: error.message,
        }),
      );
      throw error;
    },
  );
