// An application that crashes in the way its argument says, at `GET /crash`, while requests are in flight; or with `at-start`, during its start.
import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  Bus,
  bootstrap,
  Controller,
  Get,
  inject,
  type Job,
  Lifecycle,
  Module,
  Queue,
  QueueService,
  Service,
} from '../../src/index.js';

const [way = 'timer', ...modes] = process.argv.slice(2);
const say = (text: string) => process.stdout.write(`${text}\n`);
const stray = () => {
  throw new Error('a stray error');
};

/** Every way in which an error gets past whoever could have caught it. */
const ways: Record<string, (culprit: Culprit) => unknown> = {
  timer: () => setTimeout(stray, 5),
  interval: () => setInterval(stray, 5),
  immediate: () => setImmediate(stray),
  nextTick: () => process.nextTick(stray),
  promise: () => void Promise.reject(new Error('a stray error')),
  later: () => {
    void (async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      stray();
    })();
  },
  emitter: () => setTimeout(() => new EventEmitter().emit('error', new Error('a stray error')), 5),
  stream: () => createReadStream('/there/is/no/a stray error'),
  readable: () => new Readable({ read: stray }).resume(),
  listener: (it) => it.emit('crash'),
  fail: (it) => it.fail(new Error('a stray error')),
};

@Service({ restart: { on: 'failure', maxRestarts: 0 } })
class Culprit extends Lifecycle {
  protected override onStart() {
    this.listen('crash', () => void Promise.reject(new Error('a stray error')));
    // Begun here, so that it is this service's own work, whoever asks for it.
    void asked.then(() => ways[way]?.(this));
    if (way === 'at-start') setTimeout(stray, 5);
    return way === 'at-start' ? this.sleep(60_000) : undefined;
  }
  protected override onStop() {
    say('Culprit stopped');
    if (modes.includes('twice'))
      setTimeout(() => {
        throw new Error('another one');
      }, 5);
    if (modes.includes('hangs')) return new Promise<void>(() => {});
    if (modes.includes('slow')) return new Promise<void>((resolve) => setTimeout(resolve, 700));
    return undefined;
  }
}

@Service()
class Innocent extends Lifecycle {
  readonly culprit = inject(Culprit);
  readonly bus = inject(Bus);
  protected override onStart() {
    this.interval(() => {}, 1);
    this.bus.on('crash', () => {});
  }
  protected override onStop() {
    say(`Innocent stopped, culprit running: ${this.culprit.running}`);
  }
}

@Queue({ name: 'errands', type: String, stopTimeout: 100 })
class Errands extends QueueService<string> {
  protected override async onStart() {
    if (!modes.includes('jobs')) return;
    const jobs = await this.enqueueMany(['at hand', 'waits', 'waits, too']);
    say(`jobs ${jobs.map(({ id }) => id).join(' ')}`);
    for (const job of jobs) job.done().catch(({ code }) => say(`${job.data}: ${code}`));
  }
  protected handle({ signal }: Job<string>) {
    return this.clock.sleep(60_000, { signal });
  }
}

let ask = () => {};
const asked = new Promise<void>((resolve) => {
  ask = resolve;
});
let waiting = 0;

@Controller('/')
class Door {
  readonly innocent = inject(Innocent);
  @Get('/quick') async quick() {
    count();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { innocent: this.innocent.running };
  }
  @Get('/never') never() {
    count();
    return new Promise(() => {});
  }
  @Get('/stray') stray() {
    void Promise.reject(new Error('a stray error'));
    return 'answered';
  }
  @Get('/crash') crash() {
    ask();
    return 'asked';
  }
}

function count(): void {
  waiting += 1;
  if (waiting === 100) say('100 in flight');
}

@Module({ providers: [Door, Innocent, Culprit, Errands] })
class App {}

process.on('exit', (code) => say(`ready at the end: ${app?.ready}, code ${code}`));
let app: Awaited<ReturnType<typeof bootstrap>> | undefined;
app = await bootstrap(App, {
  env: { ...process.env, LOG_LEVEL: 'warn' },
  ...(modes.includes('no-logger') ? { logger: false } : {}),
  ...(modes.includes('no-blame') ? { blame: false } : {}),
});
say(`listening ${(await app.listen(0)).url}`);
if (modes.includes('at-once')) ask();
