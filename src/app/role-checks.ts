// What is wrong with one class by itself: as its roles see it, and as its base class does.
import { Lifecycle } from '../kernel/lifecycle.js';
import type { Class } from '../kernel/token.js';
import { safely } from './collect.js';
import { InvalidRoleError } from './errors.js';
import type { ProviderRecord } from './module.js';

/** What must not be overridden in a class that extends Lifecycle. */
const HOOKS = new Set(['constructor', 'onStart', 'onStop', 'health']);
const RESERVED = Object.getOwnPropertyNames(Lifecycle.prototype).filter((name) => !HOOKS.has(name));

/** What is wrong with one class by itself, as its roles and its base see it. */
export function checkRoles(record: ProviderRecord): Error[] {
  if (record.source.kind !== 'class') return [];
  const { target } = record.source;
  const faults: Error[] = reservedMembers(target);
  for (const { role, options } of record.tags) {
    safely(() => {
      role.check?.(target, options);
      return [];
    }, faults);
  }
  return faults;
}

function reservedMembers(target: Class): Error[] {
  if (!(target.prototype instanceof Lifecycle)) return [];
  const overridden = RESERVED.filter((name) => isOverridden(target, name));
  if (overridden.length === 0) return [];
  return [reservedMember(target, overridden)];
}

/** Fields that stand before what belongs to Lifecycle. */
export function shadowed(instance: object): readonly string[] {
  return instance instanceof Lifecycle ? RESERVED.filter((name) => Object.hasOwn(instance, name)) : [];
}

/** Said of a method on the prototype here, and of a field once an instance exists. */
export function reservedMember(target: Class, names: readonly string[]): Error {
  const what = names.join(', ');
  return new InvalidRoleError(
    target.name,
    `defines ${what}, which belong to Lifecycle`,
    'Use onStart() and onStop() for your own steps, and other names for the rest.',
  );
}

function isOverridden(target: Class, name: string): boolean {
  for (let at: object = target.prototype as object; at !== Lifecycle.prototype; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return true;
  }
  return false;
}
