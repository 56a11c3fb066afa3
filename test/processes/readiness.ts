// An application for those who watch from outside: two services that take their time to start, one route, one port. Modes change it.
import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { bootstrap, Controller, Get, inject, Lifecycle, Module, Service } from '../../src/index.js';

const modes = new Set(process.argv.slice(2));
const say = (text: string) => process.stdout.write(`${text}\n`);

@Service()
class Disk extends Lifecycle {
  protected override async onStart() {
    await this.sleep(100);
    if (modes.has('child'))
      say(`a child sees ${spawnSync(process.execPath, ['-p', 'process.env.NOTIFY_SOCKET']).stdout}`);
  }
}

@Service()
class Library extends Lifecycle {
  readonly disk = inject(Disk);
  protected override async onStart() {
    await this.sleep(200);
    if (modes.has('failing-start')) throw new Error('no library card\nREADY=1');
    if (modes.has('block')) this.timeout(() => this.block(), 1_200);
    if (modes.has('no-port')) this.interval(() => {}, 60_000);
    say(`all services up at ${Date.now()}`);
  }
  protected override async onStop() {
    await new Promise((resolve) => setImmediate(resolve));
  }
  private block() {
    const begun = Date.now();
    while (Date.now() - begun < 3_000);
    say(`blocked from ${begun} to ${Date.now()}`);
  }
}

@Controller('/library')
class LibraryController {
  readonly library = inject(Library);
  @Get('/') read() {
    return { running: this.library.running };
  }
}

@Module({ providers: [LibraryController, Library, Disk] })
class App {}

const app = await bootstrap(App, { drainDelay: Number(process.env.DRAIN_DELAY ?? 0) });
if (!modes.has('no-port')) say(`listening ${(await app.listen()).url}`);
