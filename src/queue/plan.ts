// QueuePlan: what the options of @Queue come to, worked out once at boot.
import { safely } from '../app/collect.js';
import { InvalidRoleError } from '../app/errors.js';
import type { RoleOptions } from '../app/role.js';
import { tagsOf } from '../app/tags.js';
import { type BackoffOptions, checkBackoff, fillBackoff } from '../kernel/backoff.js';
import { checkDuration } from '../kernel/clock.js';
import { InvalidArgumentError, InvalidOptionError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import type { Class } from '../kernel/token.js';
import { UntypedInputError } from '../validation/errors.js';
import { compileGate, type Gate, type InputType } from '../validation/gate.js';
import type { Retention } from './memory-entries.js';

/** What a queue can say of itself. */
export interface QueueOptions extends RoleOptions {
  /** The type of the data of its jobs, which is checked when they are enqueued. There is no default: generics leave nothing at run time. */
  readonly type?: InputType;
  /** How many jobs run at once. @default 1 */
  readonly concurrency?: number;
  /** How many jobs may wait, delayed ones and those that will be tried again among them. @default 100,000 */
  readonly maxSize?: number;
  /** How often a job is tried before it is dead. @default 10 */
  readonly attempts?: number;
  /** How long to wait before each further attempt. @default 1 s, doubled up to 1 h, spread by a fifth */
  readonly backoff?: BackoffOptions;
  /** Milliseconds for one attempt; its signal is aborted then. @default as long as it takes */
  readonly timeout?: number;
  /** How many finished jobs can still be asked for, the latest ones. @default 100 completed, 1,000 dead */
  readonly retain?: Retention;
}

/** All of it said, and checked. */
export interface QueuePlan {
  readonly concurrency: number;
  readonly maxSize: number;
  readonly attempts: number;
  readonly backoff: Required<BackoffOptions>;
  readonly timeout: number | undefined;
  readonly retain: Required<Retention>;
  readonly gate: Gate;
}

const BACKOFF: Required<BackoffOptions> = { min: 1_000, max: 3_600_000, factor: 2, jitter: 0.2 };
const RETAIN: Required<Retention> = { completed: 100, dead: 1_000 };
const KEYS: Readonly<Record<keyof QueueOptions, true>> = {
  name: true, provides: true, dependsOn: true, startTimeout: true, stopTimeout: true, restart: true, type: true,
  concurrency: true, maxSize: true, attempts: true, backoff: true, timeout: true, retain: true,
}; // biome-ignore format: a list

/** What was worked out, by class. */
const plans = new WeakMap<Class, { readonly plan: QueuePlan } & Said>();

/** What a queue that stands alone says of itself. */
type Said = Pick<QueueOptions, 'name' | 'startTimeout' | 'stopTimeout'>;

/** The plan of a queue by its decorator. @throws SPECTER_INVALID_ROLE when it has none, and what is wrong with it */
export function planOf(target: Class): { readonly plan: QueuePlan } & Said {
  const known = plans.get(target);
  if (known) return known;
  const tag = tagsOf(target).findLast(({ role }) => role.name === ROLE);
  if (!tag) throw new InvalidRoleError(target.name, 'extends QueueService but is no queue', 'Tag it with @Queue().');
  const { name, startTimeout, stopTimeout } = tag.options;
  const plan = planQueue(target, tag.options);
  const made = {
    plan,
    ...(name !== undefined && { name }),
    ...(startTimeout !== undefined && { startTimeout }),
    ...(stopTimeout !== undefined && { stopTimeout }),
  };
  plans.set(target, made);
  return made;
}

/** The name of the role. */
export const ROLE = 'queue';

function planQueue(target: Class, options: QueueOptions): QueuePlan {
  const faults: Error[] = [];
  const [plan] = safely(() => [fill(options)], faults);
  const [gate] = safely(() => [gateOf(target, options.type)], faults);
  if (plan) for (const check of CHECKS) safely(() => check(`@Queue of ${target.name}`, plan, options) ?? [], faults);
  if (faults.length === 1) throw faults[0];
  if (!plan || !gate || faults.length > 0)
    throw new AggregateError(faults, `The queue ${target.name} has ${faults.length} faults`);
  return { ...plan, gate };
}

/** The plan of a queue that no class stands for, whose data has been checked before. @throws the first that is wrong with its options */
export function planUnchecked(where: string, options: QueueOptions): QueuePlan {
  const plan = fill(options);
  for (const check of CHECKS) check(where, plan, options);
  return { ...plan, gate: { describe: 'checked', check: (value) => value } };
}

type Filled = Omit<QueuePlan, 'gate'>;

function fill({ concurrency = 1, maxSize = 100_000, attempts = 10, timeout, ...options }: QueueOptions): Filled {
  const backoff = fillBackoff(BACKOFF, options.backoff);
  return { concurrency, maxSize, attempts, timeout, backoff, retain: { ...RETAIN, ...options.retain } };
}

type Check = (where: string, plan: Filled, options: QueueOptions) => undefined;

const CHECKS: readonly Check[] = [
  (where, _, options) => void checkOptionKeys(where, options, Object.keys(KEYS)),
  (where, _, { backoff }) => void checkOptionKeys(`${where}, backoff`, backoff ?? {}, Object.keys(BACKOFF)),
  (where, _, { retain }) => void checkOptionKeys(`${where}, retain`, retain ?? {}, Object.keys(RETAIN)),
  (where, { concurrency }) => void checkCount(`${where}, concurrency`, concurrency, 1),
  (where, { maxSize }) => void (maxSize === Infinity || checkCount(`${where}, maxSize`, maxSize, 1)),
  (where, { attempts }) => void checkCount(`${where}, attempts`, attempts, 1),
  (where, { backoff }) => void checkBackoff(`${where}, backoff`, backoff, false),
  (where, { timeout }) => void (timeout === undefined || checkTimeout(`${where}, timeout`, timeout)),
  (where, { retain }) => {
    for (const [state, most] of Object.entries(retain))
      if (most !== Infinity) checkCount(`${where}, retain.${state}`, most, 0);
  },
];

/** @throws SPECTER_INVALID_ARGUMENT when it is no whole number, or too small a one */
export function checkCount(where: string, count: number, least: number): void {
  if (!(Number.isInteger(count) && count >= least))
    throw new InvalidArgumentError(where, `a whole number of at least ${least}`, count);
}

function checkTimeout(where: string, ms: number): void {
  checkDuration(where, ms, InvalidOptionError);
  if (ms === 0) throw new InvalidOptionError(where, 'milliseconds, more than 0', ms);
}

function gateOf(target: Class, type: InputType | undefined): Gate {
  const where = `@Queue of ${target.name}, type`;
  if (type === undefined) {
    const why = 'nothing says what its data is: the Data of QueueService<Data> is gone at run time.';
    throw new UntypedInputError(
      where,
      why,
      'Say it in the decorator, as @Queue({ type: Thumb }): a class with rules, [Class], a scalar class or a schema; `unchecked` takes whatever comes.',
    );
  }
  return compileGate(type, { in: 'payload', where });
}
