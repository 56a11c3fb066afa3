// A misspelt option would silently be its default: every function that takes options refuses it, and names the one that was meant.
import 'reflect-metadata';
import {
  Bus,
  bootstrap,
  Cron,
  createCache,
  createKeyedCache,
  createModel,
  createProcess,
  createStore,
  createWatcher,
  Inject,
  inject,
  Lifecycle,
  Module,
  Presence,
  Queue,
  QueueService,
  Registry,
  Service,
  SocketIngress,
  Sockets,
  Storage,
} from '../src/index.js';
import {
  leakCheck,
  ManualClock,
  naturalExit,
  startStopStress,
  type TestApplication,
  testApplication,
} from '../src/testing/index.js';

class Plain extends Lifecycle {}
class Sure extends Lifecycle {
  constructor(options: object) {
    super({}, options as never);
  }
}

@Queue({ name: 'thumbs', type: Number })
class Thumbs extends QueueService<unknown, unknown> {
  protected override handle() {}
}

@Service()
class Uses {
  readonly sockets = inject(Sockets);
  readonly ingress = inject(SocketIngress);
  readonly presence = inject(Presence);
  readonly storage = inject(Storage);
}

@Module({ providers: [Thumbs, Uses] })
class AppModule {}

let app: TestApplication;
const running = new Plain();
beforeAll(async () => {
  app = await testApplication(AppModule).start();
  await running.start();
});
afterAll(async () => {
  await running.stop();
  await app.stop();
});

const fn = () => {};
const date = createProcess('date', 'date', ['-u']);
const watcher = createWatcher('w', { poll: fn, interval: 1_000 });
const store = createStore('s', { a: 1 });
const model = createModel('m', { a: 1 });
const cache = createCache<number>('c');
const covers = createKeyedCache<string, number>('k');
const bus = new Bus();
const registry = new Registry();

/** Options of some function with a key that is nearly one of them. */
const o = (key: string, value: unknown = true) => ({ [key]: value }) as never;

type Case = readonly [where: string, key: string, meant: string, use: (options: never) => unknown];

const CASES: readonly Case[] = [
  // services
  ['super() of Sure', 'stopTimout', 'stopTimeout', (options) => new Sure(options)],
  ['Plain.subscribe()', 'imediate', 'immediate', (options) => running.subscribe(fn, options)],
  ['Plain.spawn()', 'delai', 'delay', (options) => running.spawn(fn, options)],
  ['Plain.waitFor()', 'timout', 'timeout', (options) => running.waitFor('x', options)],
  ['Plain.adopt()', 'onFailur', 'onFailure', (options) => running.adopt(new Plain(), options)],
  ['inject(Plain)', 'optinal', 'optional', (options) => inject(Plain, options)],
  ['@Inject(Plain)', 'optinal', 'optional', (options) => Inject(Plain, options)],
  // bus and registry
  ['new Bus()', 'slowListner', 'slowListener', (options) => new Bus(options)],
  ['bus.on()', 'priorty', 'priority', (options) => bus.on('x', fn, options)],
  ['bus.once()', 'onwer', 'owner', (options) => bus.once('x', fn, options)],
  ['bus.waitFor()', 'timout', 'timeout', (options) => bus.waitFor('x', options)],
  ['bus.stream()', 'limt', 'limit', (options) => bus.stream('x', options)],
  ['registry.provide()', 'replce', 'replace', (options) => registry.provide('x', 1, options)],
  ['registry.waitFor()', 'timout', 'timeout', (options) => registry.waitFor('x', options)],
  // state, caches, watchers
  ['subscribe() of store "s"', 'imediate', 'immediate', (options) => store.subscribe(fn, options)],
  ['subscribe() of model "m"', 'pat', 'path', (options) => model.subscribe(fn, options)],
  ['cache "c"', 'tl', 'ttl', (options) => cache.set(1, options)],
  ['keyed cache "k"', 'tl', 'ttl', (options) => covers.getOrCompute('a', () => 1, options)],
  ['onInvalidate() of cache "c"', 'onwer', 'owner', (options) => cache.onInvalidate(fn, options)],
  ['onEvict() of keyed cache "k"', 'onwer', 'owner', (options) => covers.onEvict(fn, options)],
  ['w.subscribe()', 'imediate', 'immediate', (options) => watcher.subscribe(fn, options)],
  ['w.values()', 'bufer', 'buffer', (options) => watcher.values(options)],
  // sockets
  ['ingress.subscribe()', 'priorty', 'priority', (options) => app.get(SocketIngress).subscribe('x', fn, options)],
  ['ingress.unsubscribe()', 'namspace', 'namespace', (options) => app.get(SocketIngress).unsubscribe('x', fn, options)],
  ['ingress.listenerCount()', 'namspace', 'namespace', (options) => app.get(SocketIngress).listenerCount('x', options)],
  ['ingress.onError()', 'onwer', 'owner', (options) => app.get(SocketIngress).onError(fn, options)],
  ['sockets.emit()', 'exept', 'except', (options) => app.get(Sockets).emit('x', 1, options)],
  ['sockets.refetch()', 'topc', 'topic', (options) => app.get(Sockets).refetch('todo.list', options)],
  ['sockets.request()', 'timout', 'timeout', (options) => app.get(Sockets).request('ada', 'x', 1, options)],
  ['sockets.join()', 'namspace', 'namespace', (options) => app.get(Sockets).join('ada', 'room', options)],
  ['sockets.leave()', 'namspace', 'namespace', (options) => app.get(Sockets).leave('ada', 'room', options)],
  ['sockets.sessions()', 'namspace', 'namespace', (options) => app.get(Sockets).sessions('room', options)],
  ['presence.sessions()', 'namspace', 'namespace', (options) => app.get(Presence).sessions('room', options)],
  ['presence.has()', 'namspace', 'namespace', (options) => app.get(Presence).has('ada', 'room', options)],
  ['presence.onJoin()', 'topc', 'topic', (options) => app.get(Presence).onJoin(fn, options)],
  ['presence.onLeave()', 'topc', 'topic', (options) => app.get(Presence).onLeave(fn, options)],
  // processes, queues, storage, pictures
  ['watchStream() of process "date"', 'chunk', 'chunks', (options) => date.watchStream('stdout', fn, options)],
  ['followOutput() of process "date"', 'onwer', 'owner', (options) => date.followOutput(fn, options)],
  ['lines() of process "date"', 'signl', 'signal', (options) => date.lines('stdout', options)],
  ['wait() of process "date"', 'signl', 'signal', (options) => date.wait(options)],
  ['thumbs.idle()', 'timout', 'timeout', (options) => app.get(Thumbs).idle(options)],
  ['jobs()', 'stat', 'state', (options) => app.get(Thumbs).jobs(options)],
  ['job.done()', 'timout', 'timeout', async (options) => (await app.get(Thumbs).enqueue(1)).done(options)],
  ['storage.migrate()', 'lst', 'list', (options) => app.get(Storage).migrate([], options)],
  ['toText() of a timeline', 'color', 'colour', (options) => app.timeline().toText('start', options)],
  // tests
  ['new ManualClock()', 'nw', 'now', (options) => new ManualClock(options)],
  ['leakCheck()', 'probs', 'probes', (options) => leakCheck(options)],
  ['naturalExit()', 'timout', 'timeout', (options) => naturalExit('none.js', options)],
  ['startStopStress()', 'callrs', 'callers', (options) => startStopStress(new Plain(), options)],
  ['The application', 'drainDely', 'drainDelay', (options) => testApplication(AppModule, options).start()],
];

// Teeth: without the check, what was misspelt is its default, and nobody is told (tried with several).
test.each(CASES)('%s refuses %s', async (where, key, meant, use) => {
  await expect((async () => use(o(key)))()).rejects.toMatchObject({
    code: 'SPECTER_INVALID_ARGUMENT',
    message: `${where} has the option ${key}, which nobody reads. Did you mean ${meant}?`,
  });
});

const atBoot = (module: new () => object) => bootstrap(module, { signals: false, logger: false });

test('persist, a cron and a provider are asked at boot', async () => {
  @Service()
  class Odd {
    readonly kept = createStore('kept', { a: 1 }, { persist: o('versn', 2) });
  }
  @Service()
  class Nightly {
    @Cron('30 4 * * *', o('timezon', 'Europe/Berlin')) run() {}
  }
  @Module({ providers: [Odd] })
  class First {}
  @Module({ providers: [Nightly, { provide: 'key', useFactory: fn, injct: [Plain] } as never] })
  class Second {}
  await expect(atBoot(First)).rejects.toThrow('persist of store "kept" has the option versn');
  const messages = await atBoot(Second).then(
    () => [],
    (error) => error.errors.map(({ message }: Error) => message),
  );
  expect(messages).toEqual(
    expect.arrayContaining([
      expect.stringContaining(
        '@Cron on Nightly.run has the option timezon, which nobody reads. Did you mean timezone?',
      ),
      expect.stringContaining('the provider of key has the key injct, which nobody reads. Did you mean inject?'),
    ]),
  );
});

test('what holds no options at all is refused as well', () => {
  expect(() => bus.on('x', fn, null as never)).toThrow('bus.on(): expected an object with any of owner, priority');
});

test('a dependency that a class without a constructor hands on is no option', () => {
  class Odd {
    readonly anything = 1;
  }
  expect(() => new Sure(new Odd())).not.toThrow();
});
