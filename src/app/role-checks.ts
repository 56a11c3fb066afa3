// What is wrong with one class by itself: as its roles see it, and as its base class does.
import { messageOf } from '../kernel/errors.js';
import { Lifecycle } from '../kernel/lifecycle.js';
import { checkMisspeltKeys, checkOptionKeys } from '../kernel/option-keys.js';
import { checkRestart } from '../kernel/restart-budget.js';
import type { Class } from '../kernel/token.js';
import { Watch } from '../kernel/watch.js';
import { safely } from './collect.js';
import { InvalidRoleError } from './errors.js';
import type { ProviderRecord } from './module.js';
import { about } from './places.js';
import { ROLE_KEYS } from './role.js';
import { staticsOf } from './tags.js';

/** What a class that extends one of these may define; everything else in it must not be overridden. */
const HOOKS = new Set<unknown>(['constructor', 'onStart', 'onStop', 'health', Symbol.asyncIterator]);
const BASES = [Lifecycle, Watch].map(({ name, prototype }) => ({
  name,
  prototype: prototype as object,
  reserved: Reflect.ownKeys(prototype).filter((key) => !HOOKS.has(key)),
}));

/** Without the short one: a role of somebody else's may well have a `page` besides a `name`. */
const LONG = ROLE_KEYS.filter((key) => key !== 'name');

function baseOf(instance: object) {
  return BASES.find(({ prototype }) => Object.prototype.isPrototypeOf.call(prototype, instance));
}

/** What is wrong with one class by itself, as its roles and its base see it. */
export function checkRoles(record: ProviderRecord): Error[] {
  if (record.source.kind !== 'class') return [];
  const { target } = record.source;
  const faults: Error[] = [...reservedMembers(target), ...staticMembers(target)];
  safely(() => {
    checkRestart(record.name, record.options.restart ?? {});
    return [];
  }, faults);
  for (const { role, options } of record.tags) {
    safely(() => {
      const where = `The ${role.name} ${target.name}`;
      if (role.keys) checkOptionKeys(where, options, [...ROLE_KEYS, ...role.keys]);
      else checkMisspeltKeys(where, options, LONG);
      return [];
    }, faults);
    safely(() => {
      role.check?.(target, options);
      return [];
    }, faults);
  }
  for (const fault of faults) about(fault, [target]);
  return faults;
}

function staticMembers(target: Class): Error[] {
  return staticsOf(target).map((method) => {
    const why = 'is static, but what its decorator says is done by the instance';
    return new InvalidRoleError(`${target.name}.${String(method)}`, why, 'Take `static` away.');
  });
}

function reservedMembers(target: Class): Error[] {
  const { prototype } = target as { prototype: object };
  const overridden = baseOf(prototype)?.reserved.filter((key) => isOverridden(prototype, key)) ?? [];
  return overridden.length === 0 ? [] : [reservedMember(target, overridden)];
}

function isOverridden(prototype: object, key: PropertyKey): boolean {
  for (let at = prototype; at !== baseOf(prototype)?.prototype; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, key)) return true;
  }
  return false;
}

/** Fields that stand before what belongs to the base class. */
export function shadowed(instance: object): readonly PropertyKey[] {
  return baseOf(instance)?.reserved.filter((key) => Object.hasOwn(instance, key)) ?? [];
}

/** Said of a method on the prototype here, and of a field once an instance exists. */
export function reservedMember(target: Class, keys: readonly PropertyKey[]): Error {
  const what = keys.map(String).join(', ');
  const belongs = keys.length === 1 ? 'belongs' : 'belong';
  const fault = new InvalidRoleError(
    target.name,
    `defines ${what}, which ${belongs} to ${baseOf(target.prototype as object)?.name}`,
    'Use onStart() and onStop() for your own steps, and other names for the rest.',
  );
  return about(fault, [target]);
}

const ONLY_A_GETTER = /^Cannot set property (\S+) of #<(.+)> which has only a getter$/;

/** Compilers that assign fields, instead of defining them, run into the getters of the base class before anybody can look. */
export function explainingShadows<T>(target: Class, make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    const base = baseOf(target.prototype as object);
    const [, key = '', holder] = ONLY_A_GETTER.exec(messageOf(thrown)) ?? [];
    const isOurs = base?.name === holder && base?.reserved.includes(key) && isThrownBy(target, thrown);
    throw isOurs ? reservedMember(target, [key]) : thrown;
  }
}

/** Whether it was thrown in the constructor of a class, or of its base, and not of something that it makes. */
function isThrownBy(target: Class, thrown: unknown): boolean {
  const [, name] = /at new ([^\s.]+)/.exec((thrown as Error).stack ?? '') ?? [];
  for (let at: unknown = target; typeof at === 'function'; at = Object.getPrototypeOf(at))
    if (at.name === name) return true;
  return false;
}
