// Two applications in one process: one signal handler for both, and an exit after the last. `stop-one` stops the first by hand, `late` starts a third on the way down.
import 'reflect-metadata';
import { bootstrap, Lifecycle, Module, Service } from '../../src/index.js';

const modes = new Set(process.argv.slice(2));
const say = (text: string) => process.stdout.write(`${text}\n`);

function module(name: string, ms: number) {
  @Service({ name })
  class Slow extends Lifecycle {
    protected override async onStop() {
      say(`${name} stops`);
      if (modes.has('late') && name === 'second')
        void bootstrap(module('third', 10), options).then(() => say('third is ready'));
      await new Promise((resolve) => setTimeout(resolve, ms));
      say(`${name} stopped`);
    }
    protected override onStart() {
      if (name === 'third') say('third starts');
      this.interval(() => {}, 1_000);
      if (modes.has(`crash-${name}`))
        setTimeout(() => {
          throw new Error('raw timer failed');
        }, 20);
    }
  }
  @Module({ providers: [Slow] })
  class App {}
  return App;
}

const options = { env: { ...process.env, LOG_LEVEL: 'fatal' } };
const handlers = () => ['SIGTERM', 'SIGINT', 'uncaughtException'].map((name) => process.listenerCount(name)).join(' ');
say(`handlers before: ${handlers()}`);
const first = await bootstrap(module('first', 10), options);
const second = await bootstrap(module('second', 300), options);
say(`handlers with both: ${handlers()}`);
process.on('exit', () => say(`exit, ready: ${first.ready} ${second.ready}`));
if (modes.has('stop-one')) {
  await first.stop();
  say(`handlers with one: ${handlers()}`);
}
if (modes.has('stop-both')) {
  await Promise.all([first.stop(), second.stop()]);
  say(`handlers after: ${handlers()}`);
} else {
  say('ready');
}
