// What is wrong with the routes, actions, guards and middleware of all classes together.
import { checkActions } from './actions/action.js';
import type { DynamicModule } from './app/module.js';
import { about } from './app/places.js';
import { checkRoutes } from './http/controller.js';
import { likeFaults } from './http/likes.js';
import { strayFaults } from './http/strays.js';
import type { Class } from './kernel/token.js';
import type { ApplicationOptions } from './options.js';

/** Faults that only show when all classes are known. */
export function checkDoors(
  targets: readonly Class[],
  { http = {}, guards }: Pick<ApplicationOptions, 'http' | 'guards'>,
  root: Class | DynamicModule,
): readonly Error[] {
  // What is no module at all has been found already.
  const module = typeof root === 'function' ? root : (root as DynamicModule | undefined)?.module;
  const faults = [
    ...checkRoutes(targets, http),
    ...checkActions(targets, http),
    ...likeFaults(targets, module, guards),
    ...targets.flatMap(strayFaults),
  ];
  return faults.map((fault) =>
    about(
      fault,
      targets.filter((target) => names(fault, target)),
    ),
  );
}

/** These faults are about classes and their methods, as `FilmController.list`. */
function names({ message }: Error, { name }: Class): boolean {
  return message.split(/[^\w$.]/).some((word) => word === name || word.startsWith(`${name}.`));
}
