// Boots the engine alone, without doors: an environment of its own, virtual time, every event kept.
import { Engine, type EngineOptions } from '../../src/app/engine.js';
import type { BootError } from '../../src/app/errors.js';
import type { DynamicModule } from '../../src/app/module.js';
import type { AnyProvider } from '../../src/app/provider.js';
import { Bus } from '../../src/kernel/bus.js';
import { Clock } from '../../src/kernel/clock.js';
import { Events } from '../../src/kernel/events.js';
import type { Environment } from '../../src/kernel/home.js';
import { Registry } from '../../src/kernel/registry.js';
import type { Class, Token } from '../../src/kernel/token.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type Heard, hear } from '../kernel/heard.js';

export interface Booted extends Heard {
  readonly engine: Engine;
  readonly environment: Environment;
  readonly clock: ManualClock;
  readonly bus: Bus;
  readonly registry: Registry;
}

export interface BootOptions extends Partial<EngineOptions> {
  /** The wall time at which virtual time begins. */
  readonly now?: number;
}

class AppModule {}

/** An engine for a module, or for a list of providers of `AppModule`. @throws BootError */
export function prepare(
  root: Class | DynamicModule | readonly AnyProvider[],
  { now, ...options }: BootOptions = {},
): Booted {
  const clock = new ManualClock(now === undefined ? {} : { now });
  const heard = hear(clock);
  const { events } = heard;
  const bus = new Bus({ clock, events });
  let engine: Engine | undefined;
  const registry = new Registry(clock, {
    dependencies: {
      nameOf: (key) => engine?.nameOf(key),
      needs: (name) => engine?.needs(name) ?? [],
      names: () => engine?.names ?? [],
    },
  });
  const environment: Environment = { clock, events, bus, registry, births: true };
  const parts = new Map<Token, () => unknown>([
    [Clock, () => clock],
    [Events, () => events],
    [Bus, () => bus],
    [Registry, () => registry],
  ]);
  const module = Array.isArray(root)
    ? { module: AppModule, providers: root as readonly AnyProvider[] }
    : (root as Class);
  engine = new Engine(module, {
    environment,
    parts,
    overrides: new Map(),
    env: {},
    boot: { mode: 'parallel', seed: 0 },
    check: () => [],
    escalate: () => {},
    ...options,
  });
  return { ...heard, engine, environment, clock, bus, registry };
}

/** Prepares and starts. */
export async function boot(
  root: Class | DynamicModule | readonly AnyProvider[],
  options: BootOptions = {},
): Promise<Booted> {
  const booted = prepare(root, options);
  await booted.engine.start();
  return booted;
}

/** The error of a boot that must fail, before or during the start. */
export async function bootError(
  root: Class | DynamicModule | readonly AnyProvider[],
  options: BootOptions = {},
): Promise<BootError> {
  let booted: Booted | undefined;
  try {
    booted = await boot(root, options);
  } catch (thrown) {
    return thrown as BootError;
  }
  await booted.engine.stop();
  throw new Error('expected the boot to fail, but it started');
}

/** A class of that name, as a decorator would leave it. */
export function named<T extends Class>(name: string, target: T): T {
  return Object.defineProperty(target, 'name', { value: name });
}
