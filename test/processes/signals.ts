// An application for tests of signals: three services in a row, each a little slow. `slow-start`, `hung-stop`, `crash-...` change it.
import 'reflect-metadata';
import { bootstrap, Controller, Get, inject, Lifecycle, Module, Service } from '../../src/index.js';

const modes = new Set(process.argv.slice(2));
const say = (text: string) => process.stdout.write(`${text}\n`);

@Service()
class Disk extends Lifecycle {
  protected override onStart() {
    say('Disk started');
  }
  protected override onStop() {
    say('Disk stopped');
    if (modes.has('throwing-stop')) throw new Error('the disk is on fire');
  }
}

@Service({ stopTimeout: 30_000 })
class Library extends Lifecycle {
  readonly disk = inject(Disk);
  protected override async onStart() {
    say('Library starting');
    if (modes.has('slow-start')) await this.sleep(60_000);
    if (modes.has('deaf-start')) {
      this.signal.addEventListener('abort', () => say('told to stop'));
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }
    if (modes.has('failing-start')) throw new Error('no library card');
    say('Library started');
    if (modes.has('crash-in-timer'))
      setTimeout(() => {
        throw new Error('raw timer failed');
      }, 10);
    if (modes.has('crash-in-promise')) void Promise.reject(new Error('nobody awaits me'));
  }
  protected override async onStop() {
    say(`Library stopping while disk runs: ${this.disk.running}`);
    if (modes.has('slow-stop')) await new Promise((resolve) => setTimeout(resolve, 100));
    if (modes.has('hung-stop')) await new Promise(() => {});
    say('Library stopped');
  }
}

@Controller('/library')
class LibraryController {
  readonly library = inject(Library);
  @Get('/') read() {
    say('somebody reads');
    return { running: this.library.running };
  }
}

@Module({ providers: [LibraryController, Library, Disk] })
class App {}

say('ready for signals');
const starting = bootstrap(App, {
  drainDelay: modes.has('long-drain') ? 6_000 : 0,
  shutdownTimeout: modes.has('short-shutdown') ? 500 : 25_000,
  env: { ...process.env, LOG_LEVEL: 'warn' },
});
/** As many programs end. */
const giveUp = (error: Error) => {
  say(`caught ${error.message}`);
  process.exit(1);
};
const app = await (modes.has('catches') ? starting.catch(giveUp) : starting);
if (modes.has('own-code')) process.exitCode = 5;
if (modes.has('idle')) {
  say('nothing to wait for');
  await app.closed;
  say('closed');
} else {
  const { url } = await app.listen(0);
  say(`listening ${url}`);
}
