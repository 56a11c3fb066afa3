// @Controller and the verbs: a class whose methods answer HTTP requests.
import type { Role, RoleOptions } from '../app/role.js';
import { type ClassTag, type MethodTag, membersOf, note, tag } from '../app/tags.js';
import type { Class } from '../kernel/token.js';
import { DuplicateRouteError, NoSessionError } from './errors.js';
import { guardClassesOf } from './guard.js';
import { middlewareClassesOf } from './middleware.js';
import type { HttpOptions } from './options.js';
import { planRoute, type RouteNote, type RoutePlan, shapesOf } from './plan.js';
import { HttpServer } from './server.js';

/** What a controller can say of itself. */
export interface ControllerOptions extends RoleOptions {
  /** Stands before the path of every method. @default '' */
  readonly prefix?: string;
}

/** What was worked out at boot, by class. */
const plans = new WeakMap<Class, Planned>();

interface Planned {
  readonly routes: readonly RoutePlan[];
  readonly faults: readonly Error[];
}

const controller: Role<ControllerOptions> = {
  name: 'controller',
  check(target, options) {
    const { faults } = planOf(target, options);
    if (faults.length === 1) throw faults[0];
    if (faults.length > 0)
      throw new AggregateError(faults, `The routes of ${target.name} have ${faults.length} faults`);
  },
  dependsOn: (target) => [...guardClassesOf(target), ...middlewareClassesOf(target)],
  attach(instance, options, scope, parts) {
    const target = instance.constructor as Class;
    const { routes } = planOf(target, options);
    parts.get(HttpServer).routes.attach({ target, instance, prefix: options.prefix ?? '', routes }, scope, parts);
  },
};

/**
 * Tags a class whose methods answer HTTP requests.
 *
 * @param prefixOrOptions - stands before the path of every method; or the options of the role, `prefix` among them
 * @example
 * @Controller('/greetings')
 * class GreetingController {
 *   @Get('/:name') greet(@Param('name') name: string) { return { text: `Hello ${name}` }; }
 * }
 */
export function Controller(prefixOrOptions: string | ControllerOptions = {}): ClassTag {
  const options = typeof prefixOrOptions === 'string' ? { prefix: prefixOrOptions } : prefixOrOptions;
  return tag(controller, options);
}

/** Answers GET, and HEAD with it. @param path - fixed parts, `:name`, at the end `:name?` or `*`. @default '' */
export const Get = (path = ''): MethodTag => route('GET', path);
/** Answers POST. */
export const Post = (path = ''): MethodTag => route('POST', path);
/** Answers PUT. */
export const Put = (path = ''): MethodTag => route('PUT', path);
/** Answers PATCH. */
export const Patch = (path = ''): MethodTag => route('PATCH', path);
/** Answers DELETE. */
export const Delete = (path = ''): MethodTag => route('DELETE', path);
/** Answers HEAD, instead of the method that answers GET. */
export const Head = (path = ''): MethodTag => route('HEAD', path);
/** Answers OPTIONS, instead of the list of what is allowed. */
export const Options = (path = ''): MethodTag => route('OPTIONS', path);
/** Answers every verb that has no method of its own on any path that fits. */
export const All = (path = ''): MethodTag => route('ALL', path);

/**
 * What is wrong with the routes of all controllers together.
 *
 * @param options - given, `@Session()` is checked against it as well
 */
export function checkRoutes(targets: readonly Class[], options?: HttpOptions): Error[] {
  const routes = targets.flatMap((target) => plans.get(target)?.routes ?? []);
  const strangers = options && !options.session ? routes.filter(({ asksSession }) => asksSession) : [];
  return [...duplicates(routes), ...strangers.map(({ where }) => new NoSessionError(where))];
}

function route(verb: RouteNote['verb'], path: string): MethodTag {
  return note<RouteNote>(controller as unknown as Role<never>, { verb, path });
}

/** Routes with a fault are there as well: what they have in common with others is told at the same time. */
function planOf(target: Class, options: ControllerOptions): Planned {
  const known = plans.get(target);
  if (known) return known;
  const faults: Error[] = [];
  const members = membersOf<RouteNote>(target, controller as unknown as Role<never>);
  const routes = members.map(({ method, data }) =>
    planRoute(target, options.prefix ?? '', { method, note: data }, faults),
  );
  const planned = { routes, faults };
  plans.set(target, planned);
  return planned;
}

function duplicates(routes: readonly RoutePlan[]): Error[] {
  const first = new Map<string, RoutePlan>();
  const doubles = new Map<string, Error>();
  for (const route of routes) {
    for (const shape of shapesOf(route.path)) {
      const key = `${route.verb} ${shape}`;
      const earlier = first.get(key);
      if (earlier)
        doubles.set(`${earlier.where} ${route.where}`, new DuplicateRouteError(route.verb, [earlier, route]));
      else first.set(key, route);
    }
  }
  return [...doubles.values()];
}
