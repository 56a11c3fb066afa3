// @Queue: the role of a class whose handle(job) does the jobs that others hand over.
import { InvalidRoleError } from '../app/errors.js';
import type { Role } from '../app/role.js';
import { type ClassTag, tag } from '../app/tags.js';
import type { Class } from '../kernel/token.js';
import { planOf, type QueueOptions, ROLE } from './plan.js';
import { QueueService } from './queue-service.js';

export type { QueueOptions } from './plan.js';

const queue: Role<QueueOptions> = {
  name: ROLE,
  check(target) {
    checkBase(target);
    planOf(target);
  },
};

/**
 * Tags a class that extends `QueueService`: it does jobs that others hand over, some at a time, and tries again what failed.
 *
 * @example
 * @Queue({ name: 'mails', type: String, concurrency: 4, attempts: 5, timeout: 30_000 })
 * class Mails extends QueueService<string> {
 *   protected async handle(job: Job<string>) { report(job.data); }
 * }
 */
export function Queue(options: QueueOptions = {}): ClassTag {
  return tag(queue, options);
}

/** What a queue may define of its base class. */
const HOOKS: ReadonlySet<PropertyKey> = new Set(['constructor', 'health']);

function checkBase(target: Class): void {
  const base: object = QueueService.prototype;
  const prototype = target.prototype as object;
  if (!Object.prototype.isPrototypeOf.call(base, prototype))
    throw wrong(target, 'is a queue but does not extend QueueService', 'class extends QueueService<Data, Result>');
  if (typeof (prototype as { handle?: unknown }).handle !== 'function')
    throw wrong(target, 'is a queue that does nothing', 'handle(job) { ... }');
  const reserved = Reflect.ownKeys(base).filter((key) => !HOOKS.has(key));
  for (let at = prototype; at !== base; at = Object.getPrototypeOf(at) as object) {
    const taken = reserved.find((key) => Object.hasOwn(at, key));
    if (taken !== undefined)
      throw wrong(target, `defines ${String(taken)}, which belongs to QueueService`, 'it under another name');
  }
}

function wrong(target: Class, why: string, write: string): InvalidRoleError {
  return new InvalidRoleError(target.name, why, `Write: ${write}.`);
}
