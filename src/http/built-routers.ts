// BuiltRouters: the routers that controllers build themselves, asked in the order in which the modules list their controllers.
import type { Router } from '@koa/router';
import type { Class } from '../kernel/token.js';
import { fullPath, joinPaths, type RoutePlan, shapesOf, VERBS } from './plan.js';

/** A route that is never asked, because another one on its path answers before it. */
export interface Shadow {
  readonly service: string;
  readonly route: string;
  /** Who answers instead, as `FilmController.list`. */
  readonly by: string;
}

/** One router, and where requests for it go in. */
interface Built<Slot> {
  readonly slot: Slot;
  router: Router;
}

export class BuiltRouters<Slot extends { readonly service: string }> {
  readonly #built = new Map<Class, Built<Slot>>();
  #listed: readonly Class[] = [];
  #sorted: readonly Built<Slot>[] | undefined;

  /** Takes the order in which controllers are listed; who is not listed comes last. */
  list(targets: readonly Class[]): void {
    this.#listed = targets;
    this.#sorted = undefined;
  }

  /** Takes the router of a controller, or its next one after a restart. */
  keep(target: Class, built: Built<Slot>): void {
    this.#built.set(target, built);
    this.#sorted = undefined;
  }

  /** In the order in which they are asked, whoever started first. */
  get all(): readonly Built<Slot>[] {
    this.#sorted ??= [...this.#built]
      .sort(([one], [other]) => this.#placeOf(one) - this.#placeOf(other))
      .map(([, built]) => built);
    return this.#sorted;
  }

  /** What is never asked. @param plans - the routes of decorators, which go before them all */
  shadows(plans: readonly RoutePlan[], prefix: string): readonly Shadow[] {
    const first = new Map<string, string>();
    for (const plan of plans)
      for (const verb of plan.verb === 'ALL' ? VERBS : [plan.verb])
        for (const shape of shapesOf(fullPath(plan, prefix))) first.set(`${verb} ${shape}`, plan.where);
    return this.all.flatMap(({ slot, router }) => shadowsIn(router, slot.service, first));
  }

  #placeOf(target: Class): number {
    const at = this.#listed.indexOf(target);
    return at < 0 ? this.#listed.length : at;
  }
}

function shadowsIn(router: Router, service: string, first: Map<string, string>): Shadow[] {
  const where = `${service}.buildRoutes`;
  return router.stack.flatMap(({ path, methods }) => {
    // HEAD comes with every GET.
    const verbs = methods.filter((verb) => verb !== 'HEAD' || !methods.includes('GET'));
    if (typeof path !== 'string') return [];
    return verbs.flatMap((verb) => {
      const key = `${verb} ${shapesOf(joinPaths(path))[0]}`;
      const by = first.get(key);
      if (by === undefined) first.set(key, where);
      return by === undefined || by === where ? [] : [{ service, route: `${verb} ${joinPaths(path)}`, by }];
    });
  });
}
