// Law 6. Registry, bus, container and clock belong to an application. Two applications in one process never see each other.
import { Application } from '../../src/application.js';
import {
  Bus,
  Clock,
  createStore,
  Interval,
  inject,
  Lifecycle,
  Listen,
  Module,
  Registry,
  Service,
  token,
} from '../../src/index.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

const NAME = token<string>('name');

@Service()
class Counter extends Lifecycle<{ heard: number; ticks: number }> {
  readonly bus = inject(Bus);
  readonly registry = inject(Registry);
  readonly time = inject(Clock);
  readonly appName = inject(NAME);
  readonly store = createStore('shared name', { n: 0 }, { emitEvents: true });
  constructor() {
    super({ heard: 0, ticks: 0 });
  }
  @Listen('event') hear() {
    this.setState({ heard: this.state.heard + 1 });
  }
  @Interval(1_000) tick() {
    this.setState({ ticks: this.state.ticks + 1 });
  }
}

function make(name: string) {
  @Module({ providers: [Counter, { provide: NAME, useValue: name }] })
  class App {}
  const clock = new ManualClock();
  return { app: new Application(App, { logger: false, signals: false, clock, env: {} }), clock };
}

// Teeth: a Bus or a Registry that is shared between applications fails this test (tried: a static Map of listeners).
test('two applications of the same classes share neither instance, bus, registry, clock, container nor events', async () => {
  const [a, b] = [make('a'), make('b')];
  const heardOfB = jest.fn();
  b.app.events.on('*', heardOfB);
  await a.app.start();
  expect(heardOfB).not.toHaveBeenCalled();
  await b.app.start();
  const [one, other] = [a.app.get(Counter), b.app.get(Counter)];
  expect(one).not.toBe(other);
  expect([one.appName, other.appName]).toEqual(['a', 'b']);
  for (const part of ['bus', 'registry', 'time'] as const) expect(one[part]).not.toBe(other[part]);
  expect(a.app.container).not.toBe(b.app.container);

  a.app.bus.emit('event');
  expect([one.state.heard, other.state.heard]).toEqual([1, 0]);
  a.app.registry.provide('camera', 1);
  expect(b.app.registry.has('camera')).toBe(false);
  await b.clock.advance(3_000);
  expect([one.state.ticks, other.state.ticks]).toEqual([0, 3]);
  one.store.set({ n: 5 });
  expect(other.store.get('n')).toBe(0);

  await a.app.stop();
  expect([one.running, other.running]).toEqual([false, true]);
  b.app.bus.emit('event');
  expect(other.state.heard).toBe(1);
  expect(b.app.registry.resolve(Counter)).toBe(other);
  await b.app.stop();
});

test('ten applications start and stop at once, each with its own', async () => {
  const all = Array.from({ length: 10 }, (_, i) => make(String(i)));
  await Promise.all(all.map(({ app }) => app.start()));
  expect(all.map(({ app }) => app.get(Counter).appName)).toEqual(all.map((_, i) => String(i)));
  expect(new Set(all.map(({ app }) => app.get(Counter).bus)).size).toBe(10);
  await Promise.all(all.map(({ app }) => app.stop()));
});

test('a standalone instance belongs to none of them', async () => {
  class Alone extends Lifecycle {
    readonly heard: unknown[] = [];
    protected override onStart() {
      this.listen('event', (data) => this.heard.push(data));
    }
  }
  const { app } = make('a');
  await app.start();
  const alone = await new Alone().start();
  app.bus.emit('event', 1);
  expect(alone.heard).toEqual([]);
  await alone.stop();
  await app.stop();
});

test('without signals nothing touches the process', async () => {
  const count = () =>
    ['SIGTERM', 'SIGINT', 'uncaughtException', 'unhandledRejection', 'exit', 'beforeExit', 'warning'].map((name) =>
      process.listenerCount(name),
    );
  const before = count();
  const { app } = make('a');
  await app.start();
  expect(count()).toEqual(before);
  await app.stop();
  expect(count()).toEqual(before);
});
