// Keeps processes running until it is killed, or exits without stopping them. Arguments: `stay` or `exit`, a name, how many, and how they are.
import 'reflect-metadata';
import { bootstrap, Lifecycle, Module, Service, startProcess } from '../../src/index.js';

const [mode = 'stay', name = 'kept', count = '1', kind = 'deaf'] = process.argv.slice(2);

/** One that ends with its stdin, one that ignores SIGTERM, one with a child outside of its group. */
const KINDS: Record<string, readonly [string, ...string[]]> = {
  cooperative: ['cat'],
  deaf: ['sh', '-c', "trap '' TERM; while true; do sleep 0.2; done"],
  scattered: ['sh', '-c', 'setsid sleep 300 & sleep 300 & wait'],
};

@Service()
class Keeper extends Lifecycle {
  protected override async onStart() {
    const [program, ...args] = KINDS[kind] ?? ['cat'];
    const all = Array.from({ length: Number(count) }, (_, i) =>
      startProcess(this, program, args, { name: `${name}-${i}`, stdin: 'pipe', terminateTimeout: 200 }),
    );
    const pids = (await Promise.all(all)).map(({ pid }) => pid);
    process.stdout.write(`runs ${pids.join(' ')}\n`);
  }
}

@Module({ providers: [Keeper] })
class AppModule {}

const app = await bootstrap(AppModule, { env: { ...process.env, LOG_LEVEL: 'warn' } });
if (mode === 'exit') process.exit(5);
if (mode === 'stop') await app.stop();
