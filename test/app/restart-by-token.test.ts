// app.restart(): who is meant by a class, a name or a token, and what is said when nobody is.
import { Module } from '../../src/app/module.js';
import type { AnyProvider } from '../../src/app/provider.js';
import { Service } from '../../src/app/service.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { token } from '../../src/kernel/token.js';
import { askHealth } from '../../src/observability/health.js';
import { testApplication } from '../../src/testing/test-application.js';
import { rejection } from '../kernel/heard.js';
import { boot, bootError } from './boot.js';

const STORE = token<object>('store');
const CAMERA = token<Camera>('camera');
const MARK = Symbol('mark');

class Camera extends Lifecycle {
  constructor(name?: string) {
    super({}, name === undefined ? {} : { name });
  }
}

@Service({ name: 'disk', provides: [STORE, 'by text', MARK] })
class Disk {
  starts = 0;
  onStart() {
    this.starts += 1;
  }
}

const PROVIDERS: AnyProvider[] = [
  Disk,
  { provide: 'alias', useExisting: STORE },
  { provide: CAMERA, useFactory: async () => new Camera() },
  { provide: 'hooks', useFactory: () => ({ onStart() {} }) },
  { provide: 'port', useValue: 80 },
  { provide: 'made', useFactory: () => 80 },
  { provide: 'many', useClass: class One {}, multi: true },
  { provide: 'many', useClass: class Two {}, multi: true },
];

function appOf(providers: AnyProvider[]) {
  @Module({ providers })
  class AppModule {}
  return testApplication(AppModule).start();
}

test.each([
  ['its class', Disk],
  ['its name', 'disk'],
  ['a typed token that it provides', STORE],
  ['a string that it provides', 'by text'],
  ['a symbol that it provides', MARK],
  ['an alias', 'alias'],
])('a service is restarted by %s', async (_by, key) => {
  const app = await appOf(PROVIDERS);
  await app.restart(key);
  expect(app.get(Disk).starts).toBe(2);
  await app.stop();
});

test.each([
  ['its token', CAMERA],
  ['its own name', 'Camera'],
])('a Lifecycle that a factory made is restarted by %s', async (_by, key) => {
  const app = await appOf(PROVIDERS);
  const { signal } = app.get(CAMERA);
  await app.restart(key);
  expect(signal.aborted).toBe(true);
  expect(app.get(CAMERA).running).toBe(true);
  await app.stop();
});

test('an object with hooks that a factory made is restarted by its token', async () => {
  const onStart = jest.fn();
  const app = await appOf([{ provide: 'hooks', useFactory: () => ({ onStart }) }]);
  await app.restart('hooks');
  expect(onStart).toHaveBeenCalledTimes(2);
  await app.stop();
});

test.each([
  ['disc', 'app.restart("disc"): the application has no service of that token or name. Did you mean disk or Disk?'],
  ['camra', 'Did you mean Camera or camera?'],
  [
    'nothing like it',
    'app.restart("nothing like it"): the application has no service of that token or name. Its services are: disk,',
  ],
  [class Dsk {}, 'Did you mean disk or Disk?'],
])('of %p, which nobody is, names the nearest and all there are', async (key, said) => {
  const app = await appOf(PROVIDERS);
  const error = await rejection(app.restart(key));
  expect(error).toMatchObject({ code: 'SPECTER_NOT_FOUND', message: expect.stringContaining(said) });
  await app.stop();
});

test.each([
  ['port', 'app.restart("port"): it is a value, which nobody starts or stops. Name one of the services: disk,'],
  ['made', 'app.restart("made"): what its factory gave has nothing to start or stop'],
  ['many', 'app.restart("many"): 2 providers answer to it, so it is not clear which one is meant'],
])('of %s says why that cannot be', async (key, said) => {
  const app = await appOf(PROVIDERS);
  const error = await rejection(app.restart(key));
  expect(error).toMatchObject({ code: 'SPECTER_INVALID_ARGUMENT', message: expect.stringContaining(said) });
  await app.stop();
});

test('of a part of the application says that it lives as long as that', async () => {
  const { Storage } = await import('../../src/storage/database.js');
  const app = await appOf(PROVIDERS);
  expect(await rejection(app.restart(Storage))).toMatchObject({
    code: 'SPECTER_INVALID_ARGUMENT',
    message: expect.stringContaining('app.restart(Storage): it belongs to the application itself'),
  });
  await app.stop();
});

test('before the start and after the stop says so', async () => {
  const app = await appOf([Disk]);
  await app.stop();
  expect(await rejection(app.restart(Disk))).toMatchObject({ code: 'SPECTER_APPLICATION_STATE' });
});

describe('a Lifecycle that a factory made', () => {
  test('is in the registry under its tokens, its aliases and its name for as long as it runs', async () => {
    const { engine, registry } = await boot([...PROVIDERS, { provide: 'eye', useExisting: CAMERA }]);
    const camera = engine.get(CAMERA);
    expect([CAMERA, 'eye', 'Camera'].map((key) => registry.resolve(key as string))).toEqual([camera, camera, camera]);
    expect(registry.resolve('alias')).toBe(engine.get(Disk));
    expect(registry.has('many')).toBe(false);
    await engine.stop();
    expect(registry.list()).toEqual([]);
  });

  test('is waited for like any service, and a ring through it is seen', async () => {
    class Waits extends Lifecycle {
      protected override async onStart() {
        await this.waitFor(CAMERA);
      }
    }
    const ring = await bootError([Waits, { provide: CAMERA, inject: [Waits], useFactory: (_: Waits) => new Camera() }]);
    expect(ring.cause).toMatchObject({
      code: 'SPECTER_WAIT_DEADLOCK',
      message: expect.stringContaining('Waits waits for Camera waits for Waits'),
    });
    const { engine } = await boot([Waits, { provide: CAMERA, useFactory: () => new Camera() }]);
    await engine.stop();
  });

  test('has one name in events, units and health', async () => {
    const { engine, of } = await boot([{ provide: CAMERA, useFactory: () => new Camera('front') }]);
    expect(of('started')).toMatchObject([{ service: 'front' }]);
    expect(engine.units.map(({ name }) => name)).toEqual(['front']);
    expect(engine.knows('front')).toBe(true);
    expect(Object.keys((await askHealth(engine.patients)).services)).toEqual(['front']);
    await engine.stop();
  });

  test('counts its errors in health', async () => {
    class Failing extends Camera {
      protected override onStart() {
        this.spawn(() => Promise.reject(new Error('no picture')));
      }
    }
    const { engine } = await boot([{ provide: CAMERA, useFactory: () => new Failing() }]);
    await new Promise(setImmediate);
    expect((await askHealth(engine.patients)).services).toMatchObject({ Failing: { errors: 1 } });
    await engine.stop();
  });

  test('has a name of its own: two of one name are told apart, or told of, and nothing stays open', async () => {
    const released = jest.fn();
    class Careful extends Camera {
      readonly early = this.addCleanup(released);
    }
    const error = await bootError([
      { provide: 'front', useFactory: () => new Careful() },
      { provide: 'back', useFactory: () => new Careful() },
    ]);
    expect(error).toMatchObject({ code: 'SPECTER_DUPLICATE_NAME', service: undefined });
    expect(error.message).toContain(
      '2 services have the name "Careful", both in AppModule. Name one of them differently: super(',
    );
    expect(released).toHaveBeenCalledTimes(2);
    const { engine } = await boot([
      { provide: 'front', useFactory: () => new Careful('front') },
      { provide: 'back', useFactory: () => new Careful('back') },
    ]);
    await engine.stop();
  });

  test('may share a name with others of its list: they are asked for together', async () => {
    const camera = { provide: 'cameras', useFactory: () => new Camera(), multi: true };
    const { engine, registry } = await boot([camera, { ...camera }]);
    expect(engine.units).toHaveLength(2);
    await engine.stop();
    expect(registry.list()).toEqual([]);
  });
});
