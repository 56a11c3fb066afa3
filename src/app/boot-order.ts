// Boot order: one unit after another instead of side by side, as listed or shuffled by a seed that can be repeated.
import { InvalidOptionError, SpecterError } from '../kernel/errors.js';
import { seeded } from '../kernel/random.js';
import type { Unit } from './orchestrator.js';

/** Side by side along the graph, one by one, or one by one in a random order that the graph allows. */
export type BootMode = 'parallel' | 'serial' | 'shuffle';

const MODES: readonly string[] = ['parallel', 'serial', 'shuffle'] satisfies BootMode[];
const SEEDS = 2 ** 32;

/** Drawn on first need, so that all applications of one run are shuffled by the seed that was printed first. */
let drawn: number | undefined;

/** How to boot. */
export interface BootPlan {
  readonly mode: BootMode;
  /** Decides a shuffled order. */
  readonly seed: number;
}

/**
 * What the options and the environment say; `SPECTER_BOOT` and `SPECTER_SEED` go before the options, so that a run can be repeated as it is.
 *
 * @throws SPECTER_INVALID_ARGUMENT for a mode that there is not, or a seed that is no whole number
 */
export function bootPlan(
  options: { readonly boot?: BootMode; readonly seed?: number },
  env: Readonly<Record<string, string | undefined>>,
): BootPlan {
  const { SPECTER_BOOT, SPECTER_SEED } = env;
  const modes = `one of ${MODES.join(', ')}`;
  if (SPECTER_BOOT && !MODES.includes(SPECTER_BOOT)) throw badSwitch('SPECTER_BOOT', SPECTER_BOOT, modes);
  const mode = SPECTER_BOOT || options.boot || 'parallel';
  if (!MODES.includes(mode)) throw new InvalidOptionError('the option boot', modes, mode);
  if (SPECTER_SEED && !Number.isSafeInteger(Number(SPECTER_SEED)))
    throw badSwitch('SPECTER_SEED', SPECTER_SEED, 'a whole number');
  const seed = SPECTER_SEED ? Number(SPECTER_SEED) : (options.seed ?? seedOfProcess());
  if (!Number.isSafeInteger(seed)) throw new InvalidOptionError('the option seed', 'a whole number', seed);
  return { mode: mode as BootMode, seed };
}

/** The framework's own switches are no secrets, so their value is shown. */
function badSwitch(variable: string, value: string, expected: string): SpecterError {
  return new SpecterError('SPECTER_INVALID_ARGUMENT', `${variable} is ${JSON.stringify(value)}; expected ${expected}.`);
}

function seedOfProcess(): number {
  drawn ??= Math.floor(Math.random() * SEEDS);
  return drawn;
}

/** What to set in the environment so that a shuffled start runs again in the same order. */
export function repeating(seed: number): string {
  return `SPECTER_BOOT=shuffle SPECTER_SEED=${seed}`;
}

/** Every unit after all that it needs. Undefined when they may start side by side. */
export function bootOrder(units: readonly Unit[], { mode, seed }: BootPlan): readonly Unit[] | undefined {
  if (mode === 'parallel') return undefined;
  const random = seeded(seed);
  const choose = mode === 'serial' ? () => 0 : (count: number) => Math.floor(random() * count);
  return sort(units, choose);
}

/** @param choose - which of so many units that are ready comes next */
function sort(units: readonly Unit[], choose: (count: number) => number): readonly Unit[] {
  const missing = new Map(units.map((unit) => [unit, unit.needs.size]));
  const ready = units.filter((unit) => unit.needs.size === 0);
  const sorted: Unit[] = [];
  while (ready.length > 0) {
    const [next] = ready.splice(choose(ready.length), 1) as [Unit];
    sorted.push(next);
    for (const unit of next.neededBy) {
      const left = (missing.get(unit) ?? 0) - 1;
      missing.set(unit, left);
      if (left === 0) ready.push(unit);
    }
  }
  return sorted;
}
