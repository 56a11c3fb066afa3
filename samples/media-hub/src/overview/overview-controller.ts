// OverviewController: what is in the files and in the whole library, over HTTP and as actions.
import { Action, Controller, Get } from 'specter-runtime';
import { Catalogue } from '../library/catalogue.js';
import type { Facts } from '../metadata/facts.js';
import { FactsOf } from './facts-of.js';
import { Overview } from './overview.js';
import type { Statistics } from './shelf.js';

@Controller('/overview')
export class OverviewController {
  constructor(
    private readonly overview: Overview,
    private readonly catalogue: Catalogue,
  ) {}

  @Get()
  @Action()
  show(): Promise<Statistics> {
    return this.overview.statistics();
  }

  /** By id. Items that are gone or cannot be looked into are left out. */
  @Action()
  async facts({ ids }: FactsOf): Promise<Record<string, Facts>> {
    const found = await Promise.all(ids.map((id) => this.#factsOf(id)));
    return Object.fromEntries(found.filter((entry) => entry !== undefined));
  }

  async #factsOf(id: string): Promise<[string, Facts] | undefined> {
    const item = this.catalogue.get(id);
    const facts = item && (await this.overview.facts(item.path).catch(() => undefined));
    return facts && [id, facts];
  }
}
