// Two applications of the same classes in one process share their metadata, and nothing else.
import { IsString } from 'class-validator';
import { Config } from '../../src/app/config.js';
import { Interval, Listen } from '../../src/app/declared.js';
import { Inject, InjectAll, inject } from '../../src/app/inject.js';
import { type DynamicModule, Module } from '../../src/app/module.js';
import { Service } from '../../src/app/service.js';
import { Bus } from '../../src/kernel/bus.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { token } from '../../src/kernel/token.js';
import { testApplication } from '../../src/testing/test-application.js';
import { bootError } from './boot.js';

const FOLDER = token<string>('folder');
const TAPS = token<object>('taps');

@Config({ prefix: 'HALL_' })
class HallConfig {
  @IsString() name!: string;
}

@Service({ provides: ['hall'] })
class Hall extends Lifecycle<{ heard: number; ticks: number }> {
  readonly bus = inject(Bus);
  constructor(
    readonly config: HallConfig,
    @Inject(FOLDER) readonly folder: string,
    @InjectAll(TAPS) readonly taps: object[],
  ) {
    super({ heard: 0, ticks: 0 });
  }
  @Listen('knock') onKnock() {
    this.setState({ heard: this.state.heard + 1 });
  }
  @Interval(1_000) tick() {
    this.setState({ ticks: this.state.ticks + 1 });
  }
}

@Module({ providers: [Hall, HallConfig] })
class HallModule {
  static with(folder: string): DynamicModule {
    return {
      module: HallModule,
      id: folder,
      providers: [
        { provide: FOLDER, useFactory: async () => folder },
        { provide: TAPS, useFactory: () => ({}), multi: true },
      ],
    };
  }
}

const start = (name: string) =>
  testApplication({ module: class Root {}, imports: [HallModule.with(name)] }, { env: { HALL_NAME: name } }).start();

test('each has its own instances, values, lists, names, environment, bus, registry and clock', async () => {
  const [one, other] = await Promise.all([start('one'), start('other')]);
  const [hall, otherHall] = [one.get(Hall), other.get(Hall)];
  expect([hall.folder, otherHall.folder]).toEqual(['one', 'other']);
  expect([hall.config.name, otherHall.config.name]).toEqual(['one', 'other']);
  expect([hall.name, otherHall.name]).toEqual(['Hall', 'Hall']);
  expect(hall.taps).toHaveLength(1);
  expect(hall.taps[0]).not.toBe(otherHall.taps[0]);
  expect([one.registry.resolve('hall'), other.registry.resolve('hall')]).toEqual([hall, otherHall]);
  expect(hall.bus).toBe(one.bus);
  one.bus.emit('knock');
  await one.clock.advance(2_000);
  expect(hall.state).toEqual({ heard: 1, ticks: 2 });
  expect(otherHall.state).toEqual({ heard: 0, ticks: 0 });
  await one.restart(Hall);
  await one.stop();
  expect([hall.running, otherHall.running]).toEqual([false, true]);
  await other.clock.advance(1_000);
  expect(otherHall.state).toEqual({ heard: 0, ticks: 1 });
  await other.stop();
});

test('an override in one is none in the other', async () => {
  const overridden = testApplication(
    { module: class Root {}, imports: [HallModule.with('one')] },
    { env: { HALL_NAME: 'x' } },
  );
  const [one, other] = await Promise.all([overridden.override(FOLDER).useValue('fake').start(), start('other')]);
  expect([one.get(Hall).folder, other.get(Hall).folder]).toEqual(['fake', 'other']);
  await Promise.all([one.stop(), other.stop()]);
});

test('what is wrong is told in each of them, as often as it is tried', async () => {
  @Service({ dependsOn: ['nobody'] })
  class Wrong {
    @Listen('') silent() {}
  }
  const [first, second] = [await bootError([Wrong]), await bootError([Wrong])];
  expect(first.errors).toHaveLength(2);
  expect(second.message).toBe(first.message);
});

test('a class that is wrong in one application is right in another', async () => {
  class Needs {}
  Service({ dependsOn: ['something'] })(Needs);
  expect(await bootError([Needs])).toMatchObject({ code: 'SPECTER_MISSING_DEPENDENCY' });
  const app = await testApplication({
    module: class Root {},
    providers: [Needs, { provide: 'something', useValue: 1 }],
  }).start();
  await app.stop();
});
