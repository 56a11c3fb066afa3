// @Service: the role that needs nothing else.
import type { Role, RoleOptions } from './role.js';
import { type ClassTag, tag } from './tags.js';

const service: Role = { name: 'service', keys: [] };

/**
 * Tags a class as a service: constructed, started after all it depends on, stopped before it.
 *
 * @example
 * @Service()
 * class Greeter extends Lifecycle {
 *   protected onStart() { this.interval(() => this.greet(), 1000); }
 *   greet() {}
 * }
 */
export function Service(options: RoleOptions = {}): ClassTag {
  return tag(service, options);
}
