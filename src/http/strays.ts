// Strays: decorators on methods that nobody calls because of them, so that they would do nothing.
import { InvalidRoleError } from '../app/errors.js';
import { notedMethods } from '../app/tags.js';
import type { Class } from '../kernel/token.js';
import { routeMethodsOf } from './controller.js';
import { guardNotes } from './guard.js';
import { timeoutNotes } from './handler-timeout.js';
import { middlewareNotes } from './middleware.js';
import { headerNotes, statusNotes } from './plan.js';

const OF_ROUTES = [
  ['@Use', middlewareNotes],
  ['@Status', statusNotes],
  ['@SetHeader', headerNotes],
  ['@HandlerTimeout', timeoutNotes],
] as const;

/** What stands on methods of a class where it does nothing. */
export function strayFaults(target: Class): Error[] {
  const routes = routeMethodsOf(target);
  const noted = notedMethods(target);
  const strays = OF_ROUTES.flatMap(([decorator, notes]) =>
    notes.methods(target).flatMap((method) => (routes.has(method) ? [] : stray(target, method, decorator, 'no route'))),
  );
  const guards = guardNotes.methods(target).filter((method) => !noted.has(method));
  return [
    ...strays,
    ...guards.flatMap((method) => stray(target, method, '@Guard', 'no route, event, topic or action')),
  ];
}

function stray(target: Class, method: string | symbol, decorator: string, lack: string): Error[] {
  const where = `${target.name}.${String(method)}`;
  return [
    new InvalidRoleError(
      where,
      `has ${decorator}, but is ${lack}, so it does nothing`,
      'Add @Get() or what it was meant for, or take it away.',
    ),
  ];
}
