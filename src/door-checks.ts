// What is wrong with the routes and actions of all controllers together.
import { checkActions } from './actions/action.js';
import { about } from './app/places.js';
import { checkRoutes } from './http/controller.js';
import type { HttpOptions } from './http/options.js';
import type { Class } from './kernel/token.js';

/** Faults that only show when all classes are known. */
export function checkDoors(targets: readonly Class[], http: HttpOptions = {}): readonly Error[] {
  const faults = [...checkRoutes(targets, http), ...checkActions(targets, http)];
  return faults.map((fault) =>
    about(
      fault,
      targets.filter((target) => names(fault, target)),
    ),
  );
}

/** These faults are about methods, as `FilmController.list`. */
function names({ message }: Error, { name }: Class): boolean {
  return message.split(/[^\w$.]/).some((word) => word.startsWith(`${name}.`));
}
