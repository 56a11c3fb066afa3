// Directory: who is who in one application; everything with a life, by name and by token.
import { nearest } from '../kernel/nearest.js';
import { type Token, tokenName, tokenText } from '../kernel/token.js';
import type { Made } from './container.js';
import { DuplicateNameError, NoServiceError, NotRestartableError } from './errors.js';
import type { Plan } from './graph.js';
import type { ProviderRecord } from './module.js';
import { about } from './places.js';
import { RING } from './provider.js';
import { targetOf } from './records.js';

const RENAME =
  "Name one of them differently: super(state, { name: '...' }) for a Lifecycle that a factory makes, else its token.";

/** Classes are known from the plan; what factories give is known once it has been made. */
export class Directory {
  readonly #plan: Plan;
  readonly #made: ReadonlyMap<ProviderRecord, Made>;
  readonly #names: Set<string>;
  readonly #alive = new Map<string, ProviderRecord[]>();
  readonly #aliases = new Map<ProviderRecord, Token[]>();

  constructor(plan: Plan, made: ReadonlyMap<ProviderRecord, Made>) {
    this.#plan = plan;
    this.#made = made;
    this.#names = new Set(plan.order.map(({ name }) => name));
    for (const record of plan.order) if (record.source.kind === 'class') this.#add(record.name, record);
  }

  /** How many classes there are. */
  get size(): number {
    return this.#alive.size;
  }

  /** Takes up what was made. @throws AggregateError of SPECTER_DUPLICATE_NAME for two of one name */
  discover(): void {
    for (const record of this.#plan.order) {
      const name = record.source.kind === 'factory' ? this.#made.get(record)?.runner?.name : undefined;
      if (name !== undefined) this.#add(name, record);
      if (record.source.kind === 'alias') this.#noteAlias(record, record.source.of);
    }
    const faults = [...this.#alive].flatMap(([name, records]) => doubled(name, records));
    if (faults.length > 0) throw new AggregateError(faults);
  }

  /** Whether a name is that of one of its own, and not of a child that one of them adopted. */
  knows(service: string): boolean {
    return this.#names.has(service);
  }

  /** The instances of a name: one, or several `multi` ones. */
  named(service: string): readonly Made[] {
    return (this.#alive.get(service) ?? []).flatMap((record) => this.#made.get(record) ?? []);
  }

  /** What an instance is known by: its tokens, those of its aliases, and its name. A token of several belongs to none of them. */
  keysOf({ record, runner }: Made): readonly Token[] {
    const tokens = record.multi ? [] : record.tokens;
    return [...tokens, ...(this.#aliases.get(record) ?? []), runner?.name ?? record.name];
  }

  /** The name of the managed instance under a key. */
  nameOf(key: Token): string | undefined {
    if (typeof key === 'string' && this.#alive.has(key)) return key;
    const record = this.#behind(key);
    return record && this.#lifeOf(record);
  }

  /** Who must still start before a service can, by name. */
  needs(service: string): readonly string[] {
    const needed = (this.#alive.get(service) ?? []).flatMap((record) => this.#livesBehind(record, new Set()));
    return needed.flatMap((record) => {
      const running = this.#made.get(record)?.runner?.phase === 'running';
      return running ? [] : (this.#lifeOf(record) ?? []);
    });
  }

  /** The instance that is meant. @param asked - who asks, for an error @throws SPECTER_NOT_FOUND, or SPECTER_INVALID_ARGUMENT for what has no life */
  find(key: Token, asked: string): Made {
    const what = `${asked}(${typeof key === 'symbol' ? String(key) : tokenText(key)})`;
    if (key === undefined) throw new NotRestartableError(what, `it names nothing, ${RING}`, this.#services);
    const records = this.#candidates(key);
    const [record] = records;
    if (!record) throw this.#unknown(key, what);
    const made = this.#made.get(record);
    if (records.length === 1 && made?.runner) return made;
    throw new NotRestartableError(what, whyNot(records), this.#services);
  }

  #candidates(key: Token): readonly ProviderRecord[] {
    const named = typeof key === 'string' ? this.#alive.get(key) : undefined;
    const record = named ? undefined : this.#behind(key);
    return named ?? (record ? [record] : this.#plan.providersOf(key));
  }

  /** All names, and all tokens as people read them. */
  get names(): readonly string[] {
    const tokens = [...this.#plan.providers].flatMap(([token, [first]]) =>
      first && this.#lifeOf(first) !== undefined ? [tokenName(token)] : [],
    );
    return [...this.#services, ...tokens];
  }

  #unknown(key: Token, what: string): Error {
    return new NoServiceError(what, { available: this.#services, near: nearest(tokenName(key), this.names) });
  }

  get #services(): readonly string[] {
    return [...this.#alive.keys()];
  }

  #add(name: string, record: ProviderRecord): void {
    this.#names.add(name);
    this.#alive.set(name, [...(this.#alive.get(name) ?? []), record]);
  }

  #noteAlias({ tokens }: ProviderRecord, of: Token): void {
    const record = this.#behind(of);
    if (record) this.#aliases.set(record, [...(this.#aliases.get(record) ?? []), ...tokens]);
  }

  /** The one record that answers a token, also by way of aliases. */
  #behind(key: Token): ProviderRecord | undefined {
    const [record, ...others] = this.#plan.providersOf(key);
    if (!record || others.length > 0) return undefined;
    return record.source.kind === 'alias' ? this.#behind(record.source.of) : record;
  }

  /** The name of what a record starts and stops. */
  #lifeOf(record: ProviderRecord): string | undefined {
    return record.source.kind === 'class' ? record.name : this.#made.get(record)?.runner?.name;
  }

  #livesBehind(record: ProviderRecord, seen: Set<ProviderRecord>): ProviderRecord[] {
    const needs = [...(this.#plan.needs.get(record) ?? []), ...(this.#made.get(record)?.asked ?? [])];
    return needs.flatMap((needed) => {
      if (this.#lifeOf(needed) !== undefined) return [needed];
      if (seen.has(needed)) return [];
      seen.add(needed);
      return this.#livesBehind(needed, seen);
    });
  }
}

function doubled(name: string, records: readonly ProviderRecord[]): Error[] {
  const single = records.filter(({ multi }) => !multi);
  if (single.length < 2) return [];
  const modules = single.map(({ module }) => module.name);
  return [about(new DuplicateNameError(name, modules, RENAME), single.map(targetOf))];
}

function whyNot(records: readonly ProviderRecord[]): string {
  if (records.length > 1) return `${records.length} providers answer to it, so it is not clear which one is meant`;
  const kind = records[0]?.source.kind;
  if (kind === 'part') return 'it belongs to the application itself, and lives as long as that';
  return kind === 'value'
    ? 'it is a value, which nobody starts or stops'
    : 'what its factory gave has nothing to start or stop';
}
