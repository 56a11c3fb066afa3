// @Controller and the verbs: a class whose methods answer HTTP requests.
import type { Role, RoleOptions } from '../app/role.js';
import { type ClassTag, type Member, type MethodTag, membersOf, note, tag } from '../app/tags.js';
import type { Class } from '../kernel/token.js';
import { DuplicateRouteError, InvalidRouteError, NoSessionError } from './errors.js';
import { guardClassesOf } from './guard.js';
import { healthPaths } from './health.js';
import { reasonOf } from './likes.js';
import { middlewareClassesOf } from './middleware.js';
import type { HttpOptions } from './options.js';
import { fullPath, joinPaths, planRoute, type RouteNote, type RoutePlan, shapesOf } from './plan.js';
import { HttpServer } from './server.js';
import { isVersionPath, routerFaults, versionFaults, versionPaths } from './versions.js';

/** What a controller can say of itself. */
export interface ControllerOptions extends RoleOptions {
  /** Stands before the path of every method. @default '' */
  readonly prefix?: string;
  /** The versions of the API that its methods are in: `'1'` puts them under `/v1`. @default none */
  readonly version?: string | readonly string[];
  /** Leaves out `http.prefix`, as for the pages beside an API. @default false */
  readonly unprefixed?: boolean;
}

/** What was worked out at boot, by class. */
const plans = new WeakMap<Class, Planned>();

interface Planned {
  readonly routes: readonly RoutePlan[];
  readonly faults: readonly Error[];
}

const KEYS = { prefix: true, version: true, unprefixed: true } satisfies Record<
  Exclude<keyof ControllerOptions, keyof RoleOptions>,
  true
>;

const controller: Role<ControllerOptions> = {
  name: 'controller',
  keys: Object.keys(KEYS),
  check(target, options) {
    const { faults } = planOf(target, options);
    if (faults.length === 1) throw faults[0];
    if (faults.length > 0)
      throw new AggregateError(faults, `The routes of ${target.name} have ${faults.length} faults`);
  },
  dependsOn: (target) => [...guardClassesOf(target), ...middlewareClassesOf(target)],
  reason: reasonOf,
  attach(instance, options, scope, parts) {
    const target = instance.constructor as Class;
    const { routes } = planOf(target, options);
    const [version = ''] = versionPaths(target, undefined, options.version);
    const prefix = joinPaths(version, options.prefix ?? '');
    const { unprefixed = false } = options;
    parts.get(HttpServer).routes.attach({ target, instance, prefix, unprefixed, routes }, scope, parts);
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

/** The methods of a class that answer requests. */
export function routeMethodsOf(target: Class): ReadonlySet<string | symbol> {
  return new Set(plans.get(target)?.routes.map(({ method }) => method));
}

/**
 * What is wrong with the routes of all controllers together.
 *
 * @param options - given, `@Session()` is checked against it as well
 */
export function checkRoutes(targets: readonly Class[], options?: HttpOptions): Error[] {
  const routes = targets.flatMap((target) => plans.get(target)?.routes ?? []);
  const strangers = options && !options.session ? routes.filter(({ asksSession }) => asksSession) : [];
  return [
    ...duplicates(routes, options?.prefix),
    ...strangers.map(({ where }) => new NoSessionError(where)),
    ...shadowedByHealth(routes, options),
  ];
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
  faults.push(...routerFaults(versionPaths(target, undefined, options.version), target));
  const routes = members.flatMap((member) => plansOf(target, member, { options, faults }));
  const planned = { routes, faults };
  plans.set(target, planned);
  return planned;
}

/** One plan for each version; they have the same faults. */
function plansOf(
  target: Class,
  { method, data: note }: Member<RouteNote>,
  { options, faults }: { options: ControllerOptions; faults: Error[] },
): RoutePlan[] {
  const { prefix = '', unprefixed = false } = options;
  const versions = versionPaths(target, method, options.version);
  faults.push(...versionFaults(versions, `${target.name}.${String(method)}`));
  return versions
    .filter(isVersionPath)
    .map((version, index) =>
      planRoute(target, { method, note, prefix, version, unprefixed }, index === 0 ? faults : []),
    );
}

/** Health checks are answered before any route is looked for. */
function shadowedByHealth(routes: readonly RoutePlan[], { health, prefix }: HttpOptions = {}): Error[] {
  const taken = healthPaths(health);
  return routes
    .filter((route) => taken.includes(fullPath(route, prefix)) && ['GET', 'HEAD', 'ALL'].includes(route.verb))
    .map((route) => {
      const why = `is at ${fullPath(route, prefix)}, where the health checks answer before it`;
      return new InvalidRouteError(
        route.where,
        why,
        'Choose another path, or move the checks: http: { health: false } or a path.',
      );
    });
}

function duplicates(routes: readonly RoutePlan[], prefix?: string): Error[] {
  const first = new Map<string, RoutePlan>();
  const doubles = new Map<string, Error>();
  for (const { path, ...rest } of routes) {
    const route = { ...rest, path: fullPath({ ...rest, path }, prefix) };
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
