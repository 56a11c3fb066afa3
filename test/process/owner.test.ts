// Whose a process is: in the tree, stopped with its owner in reverse order, within its owner's time.
import { inject, Lifecycle, Module, Service } from '../../src/index.js';
import { Scope } from '../../src/kernel/scope.js';
import { createProcess, type ManagedProcess } from '../../src/process/managed-process.js';
import { startProcess } from '../../src/process/start-process.js';
import { leakCheck, testApplication } from '../../src/testing/index.js';
import { hear } from '../kernel/heard.js';
import { IGNORES, isAlive, LIVES, NODE, Owner, script, until } from './stage.js';

beforeEach(() => void jest.spyOn(console, 'error').mockImplementation());
afterEach(() => jest.restoreAllMocks());
const begin = (owner: Owner, name: string, code = LIVES, options = {}) =>
  startProcess(owner, NODE, ['-e', code], { name, ...options });

test('it is its owner’s child in app.tree(), with its pid, from its start to its stop', async () => {
  @Service()
  class Recorder extends Lifecycle {
    readonly ffmpeg = createProcess('ffmpeg', NODE, ['-e', LIVES]);
    protected override async onStart() {
      await this.ffmpeg.start();
    }
  }
  @Module({ providers: [Recorder] })
  class App {}
  const app = await testApplication(App).start();
  const { ffmpeg } = app.get(Recorder);
  expect(JSON.stringify(app.tree())).toContain(`"child","label":"process \\"ffmpeg\\", pid ${ffmpeg.pid}"`);
  await ffmpeg.stop();
  expect(JSON.stringify(app.tree())).not.toContain('ffmpeg');
  await ffmpeg.start();
  await app.stop();
  expect(isAlive(ffmpeg.pid as number)).toBe(false);
});

// Teeth: with the instance as its owner it would outlive the run (tried).
test('made in a field, it ends with each run of its owner', async () => {
  @Service()
  class Recorder extends Lifecycle {
    readonly ffmpeg = createProcess('ffmpeg', NODE, ['-e', LIVES]);
    readonly pids: number[] = [];
    protected override async onStart() {
      await this.ffmpeg.start();
      this.pids.push(this.ffmpeg.pid as number);
    }
  }
  @Module({ providers: [Recorder] })
  class App {}
  const app = await testApplication(App).start();
  await app.restart(Recorder);
  const [first, second] = app.get(Recorder).pids as [number, number];
  expect([isAlive(first), isAlive(second), first === second]).toEqual([false, true, false]);
  await app.stop();
  expect(isAlive(second)).toBe(false);
});

test('several end in reverse order of their start, each after the one before', async () => {
  const order: string[] = [];
  const slow = `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 100)); console.log('up'); ${LIVES}`;
  const owner = await new Owner(async (self) => {
    self.addCleanup(() => order.push('cleanup'));
    for (const name of ['a', 'b', 'c']) {
      const child = await begin(self, name, slow, { ready: /up/ });
      void child.wait().then(() => order.push(name));
      self.addCleanup(() => order.push(`before ${name}`));
    }
  }).start();
  await owner.stop();
  expect(order).toEqual(['before c', 'c', 'before b', 'b', 'before a', 'a', 'cleanup']);
});

// Teeth: without the owner's deadline the second would still run when the stop has ended (tried).
test('two that ignore SIGTERM are killed within the time of their owner, however long their own is', async () => {
  const children: ManagedProcess[] = [];
  const owner = await new Owner(
    async (self) => {
      for (const name of ['a', 'b'])
        children.push(await begin(self, name, IGNORES, { ready: /deaf/, terminateTimeout: 60_000 }));
    },
    { stopTimeout: 1_500 },
  ).start();
  await owner.stop();
  expect(children.map(({ signalCode }) => signalCode)).toEqual(['SIGKILL', 'SIGKILL']);
});

test('a start that fails rejects the start of its owner, and what had begun is ended', async () => {
  const check = await leakCheck({ probes: ['processes', 'made', 'resources', 'handles', 'files'] });
  const owner = new Owner(async (self) => {
    await begin(self, 'works');
    await startProcess(self, 'no-such-program');
  });
  await expect(owner.start()).rejects.toMatchObject({ code: 'SPECTER_SPAWN' });
  await check.end();
});

test('a stop of its owner while it is not ready yet ends it', async () => {
  const check = await leakCheck({ probes: ['processes', 'made', 'resources', 'handles', 'files'] });
  let child: ManagedProcess | undefined;
  const owner = new Owner(async (self) => {
    child = createProcess('slow', NODE, ['-e', LIVES], { owner: self, ready: () => false });
    await child.start();
  });
  const start = owner.start().catch((thrown) => thrown);
  await until(() => child?.pid);
  await owner.stop();
  expect(await start).toMatchObject({ code: 'SPECTER_START_ABORTED' });
  expect(child?.running).toBe(false);
  await check.end();
});

test('in a task that starts one, the stop of its owner ends both', async () => {
  let thrown: unknown;
  const owner = await new Owner((self) => {
    self.spawn(() => begin(self, 'slow', LIVES, { ready: () => false }).catch((error) => void (thrown = error)));
  }).start();
  await owner.stop();
  expect(thrown).toMatchObject({ code: expect.stringMatching(/SPECTER_(START_ABORTED|NOT_RUNNING)/) });
}); // biome-ignore format: one line of code

// Teeth: readers that end with the process only would hold up the stop until its deadline (tried).
test('a task of its owner that reads its lines ends with the owner, before the process', async () => {
  const lines: string[] = [];
  const owner = await new Owner(async (self) => {
    const child = await begin(self, 'ticks', "setInterval(() => console.log('tick'), 5)");
    self.spawn(async () => {
      for await (const line of child.lines('stdout')) lines.push(line);
      lines.push('end');
    });
  }).start();
  await until(() => lines.length > 2);
  const begun = performance.now();
  await owner.stop();
  expect(lines.at(-1)).toBe('end');
  expect(performance.now() - begun).toBeLessThan(4_000);
});

// Teeth: without the owner's signal it would wait for a start that never comes (tried).
test('a task that reads the lines of one that never starts ends with the owner, too', async () => {
  let ended = false;
  const owner = await new Owner((self) => {
    const child = createProcess('never', NODE, [], { owner: self });
    self.spawn(async () => {
      for await (const _ of child.lines('stdout'));
      ended = true;
    });
  }).start();
  const begun = performance.now();
  await owner.stop();
  expect(ended).toBe(true);
  expect(performance.now() - begun).toBeLessThan(4_000);
});

test('a reader and a wait of somebody else end with a signal', async () => {
  const { child } = script(LIVES);
  await child.start();
  const abort = new AbortController();
  const reading = child.lines('stdout', { signal: abort.signal }).next();
  const waiting = child.wait({ signal: abort.signal });
  abort.abort(new Error('no more'));
  await expect(waiting).rejects.toThrow('no more');
  expect(await reading).toEqual({ done: true, value: undefined });
  expect(await child.lines('stdout', { signal: abort.signal }).next()).toMatchObject({ done: true });
  expect(child.running).toBe(true);
  await child.stop();
});

test.each<[string, (owner: Owner) => Promise<unknown>]>([
  ['before it runs', async () => {}],
  ['after its stop', async (owner) => (await owner.start()).stop()],
])('an owner that does not run starts nothing: %s', async (_, prepare) => {
  const owner = new Owner();
  await prepare(owner);
  await expect(begin(owner, 'early')).rejects.toMatchObject({ code: 'SPECTER_NOT_RUNNING' });
});

test('a scope owns it, and so does anything that takes cleanups', async () => {
  const scope = new Scope('scope', { events: hear().events });
  const first = await startProcess(scope, NODE, ['-e', LIVES]);
  expect(scope.tree()).toMatchObject([{ kind: 'child', label: `process "node", pid ${first.pid}` }]);
  await scope.close();
  const cleanups: (() => unknown)[] = [];
  const plain = {
    addCleanup(fn: () => unknown) {
      cleanups.push(fn);
      return () => {};
    },
  };
  const second = await startProcess(plain, NODE, ['-e', LIVES]);
  await cleanups[0]?.();
  expect([first.running, second.running]).toEqual([false, false]);
}); // biome-ignore format: one line of code

test('attach() gives an owner to one that has none, and not to one that runs', async () => {
  const owner = await new Owner().start();
  const child = createProcess('free', NODE, ['-e', LIVES]);
  expect(() => child.attach(owner)).not.toThrow();
  await child.start();
  expect(() => child.attach(new Owner())).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
  await owner.stop();
  expect(child.running).toBe(false);
});

test('without an owner it is ended by await using, or by hand', async () => {
  const child = createProcess('free', NODE, ['-e', LIVES]);
  await child.start();
  await child[Symbol.asyncDispose]();
  expect(child.running).toBe(false);
});

test('who listens is called in its name, and one that throws or rejects stops nobody else', async () => {
  const { child, heard } = script("console.log('a')");
  const lines: string[] = [];
  child.watchStream('stdout', () => {
    throw new Error('listener');
  });
  child.watchStream('stdout', () => Promise.reject(new Error('later')));
  child.watchStream('stdout', (line) => lines.push(line));
  await child.start();
  await child.wait();
  expect(lines).toEqual(['a']);
  expect(heard.of('listener-failed').map(({ service, event, error }) => [service, event, error.message])).toEqual([
    ['child', 'stdout', 'listener'],
    ['child', 'stdout', 'later'],
  ]);
});

// Teeth: without its owner the first run's listener goes on, and each line is seen twice (tried).
test('the listening ends with the owner that was given for it', async () => {
  @Service()
  class Ffmpeg extends Lifecycle {
    readonly process = createProcess('ffmpeg', NODE, ['-e', 'let i = 0; setInterval(() => console.log(i++), 5)']);
    protected override async onStart() {
      await this.process.start();
    }
  }
  @Service()
  class Progress extends Lifecycle {
    readonly ffmpeg = inject(Ffmpeg);
    seen: string[] = [];
    protected override onStart() {
      this.ffmpeg.process.watchStream('stdout', (line) => this.seen.push(line), { owner: this });
    }
  }
  @Module({ providers: [Ffmpeg, Progress] })
  class App {}
  const app = await testApplication(App).start();
  const progress = app.get(Progress);
  await until(() => progress.seen.length > 2);
  await app.restart(Progress);
  const before = progress.seen.length;
  await until(() => progress.seen.length > before + 5);
  await app.stop();
  expect(new Set(progress.seen).size).toBe(progress.seen.length);
});

test('in a field of a child it reports to, and waits by the clock of, whoever has adopted that', async () => {
  class Child extends Lifecycle {
    readonly ffmpeg: ManagedProcess = createProcess('ffmpeg', NODE, ['-e', LIVES], {
      owner: this,
      restart: { on: 'always' },
    });
    protected override async onStart() {
      await this.ffmpeg.start();
    }
  }
  @Service()
  class Recorder extends Lifecycle {
    child?: Child;
    protected override async onStart() {
      this.child = await this.adopt(new Child());
    }
  }
  @Module({ providers: [Recorder] })
  class App {}
  const app = await testApplication(App, { logger: false }).start();
  const told: string[] = [];
  app.events.on('*', ({ type }) => void told.push(type));
  const { ffmpeg } = app.get(Recorder).child as Child;
  process.kill(ffmpeg.pid as number, 'SIGKILL');
  await until(() => told.includes('process-restarting'));
  expect(ffmpeg.running).toBe(false);
  await app.clock.advance(1_000);
  await until(() => told.includes('process-started')); // neither is told by the one that it was made with (tried)
  await app.stop();
  expect(ffmpeg.running).toBe(false);
});
