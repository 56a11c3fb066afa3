// RouteTable: which method answers which verb and path. The only file that loads find-my-way and @koa/router.
import { createRequire } from 'node:module';
import type { Router } from '@koa/router';
import type FindMyWay from 'find-my-way';
import type { Context } from 'koa';
import type { Parts } from '../app/role.js';
import type { Environment } from '../kernel/home.js';
import type { Scope } from '../kernel/scope.js';
import { andThen } from '../kernel/thenable.js';
import type { Class } from '../kernel/token.js';
import { BuiltRouters } from './built-routers.js';
import { BadRequest, HttpError, NotFound } from './errors.js';
import { exchangeOf } from './exchange.js';
import { type GuardFunction, type GuardLike, guardsOf, passGuards, resolveGuards } from './guard.js';
import { limitTime } from './handler-timeout.js';
import { middlewareOf, resolveMiddleware, surround } from './middleware.js';
import type { HttpSettings } from './options.js';
import { fullPath, joinPaths, type RoutePlan, VERBS, type Verb } from './plan.js';
import { callOf } from './query.js';
import { readAll } from './read-all.js';
import { prepare, respond } from './respond.js';
import { type Run, Slot } from './slot.js';

/** A controller about to be attached. */
export interface Attachment {
  readonly target: Class;
  readonly instance: object;
  /** Of its own router: that of its version and its own. */
  readonly prefix: string;
  readonly unprefixed: boolean;
  readonly routes: readonly RoutePlan[];
}

type Table = FindMyWay.Instance<FindMyWay.HTTPVersion.V1>;
type Found = FindMyWay.FindResult<FindMyWay.HTTPVersion.V1>;

/** What a controller answers with while it runs: one run for each of its routes, and its own router. */
interface Runs {
  readonly routes: readonly Run[];
  readonly router: Router | undefined;
}

/** What a call would reach. */
interface Asked {
  readonly controller: Class;
  readonly method?: string | symbol;
}

/** The longest value that one part of a path may have. */
const LONGEST_PARAMETER = 256;

/**
 * Finds the method for a request. Paths are case sensitive, a slash at their end makes no difference, an exact verb
 * goes before `@All`, HEAD is answered as GET is, and routes of `buildRoutes` come last, in the order of the modules.
 */
export class RouteTable {
  readonly #environment: Environment;
  readonly #settings: HttpSettings;
  readonly #slots = new Map<Class, Slot<Runs>>();
  readonly built = new BuiltRouters<Slot<Runs>>();
  readonly #plans: RoutePlan[] = [];
  #exact: Table | undefined;
  #all: Table | undefined;
  #guards: readonly GuardFunction[] = [];

  constructor(environment: Environment, settings: HttpSettings) {
    this.#environment = environment;
    this.#settings = settings;
    environment.events.on('stopping', ({ service }) => {
      for (const slot of this.#slots.values()) if (slot.service === service) slot.shut();
    });
  }

  /** Puts guards before all: the application's, then the root module's. All controllers are there, so it shows what is never asked. */
  guard(root: Class, parts: Pick<Parts, 'get'>, guards: readonly GuardLike[]): void {
    this.#guards = resolveGuards([...guards, ...guardsOf(root)], parts);
    for (const shadow of this.built.shadows(this.#plans, this.#settings.prefix))
      this.#environment.events.emit('http-shadowed', shadow);
  }

  /** Takes the routes of a controller, until `scope` closes; then they answer 503 until it is attached again. */
  attach(attachment: Attachment, scope: Scope, parts: Parts): void {
    const { target, routes } = attachment;
    const known = this.#slots.get(target);
    const slot = known ?? new Slot<Runs>(parts.name);
    const router = this.#buildRouter(attachment, parts);
    const runs = routes.map((plan) => this.#inNameOf(parts.name, this.#compile(plan, attachment.instance, parts)));
    slot.open({ routes: runs, router }, scope);
    if (router) this.built.keep(target, { slot, router });
    if (known) return;
    this.#slots.set(target, slot);
    this.#warn(routes, parts.name);
    this.#plans.push(...routes);
    for (const [index, plan] of routes.entries()) {
      const path = fullPath(plan, this.#settings.prefix);
      this.#on(plan.verb, path, (ctx) => slot.enter(ctx, path).routes[index]?.(ctx));
    }
  }

  /**
   * Takes one route of another door, until `scope` closes.
   *
   * @param run - answers as a koa middleware does; `respond(ctx, value)` helps
   */
  serve(route: { verb: Verb; path: string; service: string }, run: Run, scope: Scope): void {
    const slot = new Slot<Run>(route.service);
    slot.open(run, scope);
    const path = joinPaths(this.#settings.prefix, route.path);
    this.#on(route.verb, path, (ctx) => slot.enter(ctx, path)(ctx));
  }

  /** Answers a request, or notes why nobody does. */
  dispatch(ctx: Context): unknown {
    const { method, url } = ctx.req;
    const found = this.#find(method as string, url as string);
    if (!found) return this.#dispatchBuilt(ctx);
    ctx.params = found.params;
    return (found.handler as unknown as Run)(ctx);
  }

  #warn(routes: readonly RoutePlan[], service: string): void {
    for (const { unsafe: limits, where: route } of routes)
      if (limits) this.#environment.events.emit('http-unsafe', { service, route, limits });
  }

  #inNameOf(service: string, run: Run): Run {
    const { within } = this.#environment;
    return within ? (ctx) => within(service, () => run(ctx)) : run;
  }

  #find(method: string, url: string): Found | null {
    const exact = this.#exact?.find(method as Verb, url) ?? (method === 'HEAD' ? this.#exact?.find('GET', url) : null);
    if (exact) return exact;
    return (VERBS as readonly string[]).includes(method) ? (this.#all?.find('GET', url) ?? null) : null;
  }

  #on(verb: RoutePlan['verb'], path: string, run: Run): void {
    this.#exact ??= makeTable();
    this.#all ??= makeTable();
    if (verb === 'ALL') this.#all.on('GET', path, run as never);
    else this.#exact.on(verb, path, run as never);
  }

  /** Everything that is known when the controller starts is joined here, so that a request goes straight through. */
  #compile(plan: RoutePlan, instance: object, parts: Parts): Run {
    const { target, method, readers, status, headers, takesContext } = plan;
    const settings = this.#settings;
    const answering = { status, takesContext, heartbeat: settings.heartbeat, environment: this.#environment };
    const guards = resolveGuards(guardsOf(target, method), parts);
    const methods = instance as Record<string | symbol, (...args: unknown[]) => unknown>;
    const call = (ctx: Context, args: unknown[]) => {
      for (const [name, value] of headers) ctx.set(name, value);
      prepare(ctx, answering);
      return andThen((methods[method] as Run).apply(instance, args as [Context]), (value) =>
        respond(ctx, value, answering),
      );
    };
    // Waits only for what takes time: a plain answer is given in the turn in which it was asked for.
    const run: Run = (ctx) =>
      andThen(this.#pass(ctx, guards, { controller: target, method }), () =>
        andThen(readAll(readers, ctx, settings), (args) => call(ctx, args)),
      );
    return limitTime(plan.timeout, surround(resolveMiddleware(middlewareOf(target, method), parts), run));
  }

  /** A plain @koa/router for what decorators cannot say; it already has the controller's prefix, middleware and guards. */
  #buildRouter({ target, instance, prefix, unprefixed }: Attachment, parts: Parts): Router | undefined {
    const { buildRoutes } = instance as { buildRoutes?: (router: Router) => void };
    if (typeof buildRoutes !== 'function') return undefined;
    const { Router: RouterClass } = load('@koa/router') as typeof import('@koa/router');
    const router = new RouterClass({
      prefix: fullPath({ path: joinPaths(prefix), unprefixed }, this.#settings.prefix),
      sensitive: true,
    });
    const guards = resolveGuards(guardsOf(target), parts);
    const middleware = resolveMiddleware(middlewareOf(target), parts);
    const pass = (ctx: Context) => this.#pass(ctx, guards, { controller: target });
    router.use((ctx, next) => surround(middleware, () => andThen(pass(ctx), next))(ctx));
    buildRoutes.call(instance, router);
    return router;
  }

  /** The application's guards are known only when all its services have started: they are looked up with each request. */
  #pass(ctx: Context, guards: readonly GuardFunction[], at: Asked): Promise<void> | undefined {
    return this.#guards.length === 0 && guards.length === 0 ? undefined : this.#ask(ctx, guards, at);
  }

  async #ask(ctx: Context, guards: readonly GuardFunction[], at: Asked): Promise<void> {
    const call = await callOf(ctx, this.#settings, at);
    await passGuards(this.#guards, call);
    await passGuards(guards, call);
  }

  #dispatchBuilt(ctx: Context): unknown {
    for (const { slot, router } of this.built.all) {
      const { route, pathAndMethod } = router.match(ctx.path, ctx.method);
      if (!route) continue;
      const { router: current } = slot.enter(ctx, String(pathAndMethod.at(-1)?.path ?? '*'));
      return current?.routes()(ctx as never, async () => {});
    }
    return this.#answerNone(ctx);
  }

  /** Nobody answers; a middleware further out still may. */
  #answerNone(ctx: Context): void {
    const allowed = this.#allowedAt(ctx);
    if (allowed.length === 0) {
      exchangeOf(ctx).unanswered = new NotFound('Nothing is found at this path.', { code: 'SPECTER_NO_ROUTE' });
      return;
    }
    const headers = { Allow: allowed.join(', ') };
    ctx.set(headers);
    ctx.status = ctx.method === 'OPTIONS' ? 204 : 405;
    exchangeOf(ctx).unanswered = new HttpError(405, 'This path does not take this method.', {
      code: 'SPECTER_METHOD_NOT_ALLOWED',
      headers,
    });
  }

  #allowedAt(ctx: Context): readonly string[] {
    const allowed = new Set<string>();
    for (const verb of VERBS)
      if (this.#exact?.find(verb, ctx.url) ?? this.#all?.find('GET', ctx.url)) allowed.add(verb);
    for (const { router } of this.built.all) {
      for (const layer of router.match(ctx.path, ctx.method).path) for (const verb of layer.methods) allowed.add(verb);
    }
    if (allowed.size === 0) return [];
    if (allowed.has('GET')) allowed.add('HEAD');
    return [...allowed.add('OPTIONS')];
  }
}

function makeTable(): Table {
  const findMyWay = load('find-my-way') as typeof FindMyWay;
  return findMyWay({
    ignoreTrailingSlash: true,
    maxParamLength: LONGEST_PARAMETER,
    onBadUrl: () => {
      throw new BadRequest('The path is not encoded correctly.', { code: 'SPECTER_MALFORMED_REQUEST' });
    },
  });
}

function load(name: string): unknown {
  return createRequire(import.meta.url)(name);
}
