// The graph: records -> who needs whom and in which order, or everything that is missing, doubled or in a ring. Pure.
import type { SpecterError } from '../kernel/errors.js';
import { nearest } from '../kernel/nearest.js';
import { Scope } from '../kernel/scope.js';
import { type Class, type Token, tokenName } from '../kernel/token.js';
import { safely } from './collect.js';
import {
  CycleError,
  DuplicateNameError,
  DuplicateTokenError,
  MissingDependencyError,
  NotExportedError,
  type Offer,
  wiringError,
} from './errors.js';
import type { Request } from './inject.js';
import type { ProviderRecord } from './module.js';
import { sort } from './order.js';
import { requestsOf } from './requests.js';
import { checkRoles } from './role-checks.js';

/** One thing that a record needs. */
export interface Edge extends Request {
  /** Where it is asked for, for an error. */
  readonly where: string;
}

/** A checked plan: every record, what it needs, and an order in which all can be made. */
export interface Plan {
  /** Dependencies first. */
  readonly order: readonly ProviderRecord[];
  /** What each record needs, as records. */
  readonly needs: ReadonlyMap<ProviderRecord, ReadonlySet<ProviderRecord>>;
  /** Who provides each token: one, or several `multi` ones. */
  readonly providers: Providers;
  /** Who provides a token: none, one, or several `multi` ones. */
  providersOf(token: Token): readonly ProviderRecord[];
}

/**
 * Checks and orders.
 *
 * @param faults - what was wrong with the lists already
 * @param checkTogether - faults that only show when all classes have been checked by themselves
 * @throws BootError with every fault at once
 */
export function planBoot(
  records: readonly ProviderRecord[],
  faults: readonly Error[] = [],
  checkTogether: () => readonly Error[] = () => [],
): Plan {
  const providers = index(records);
  const found = [
    ...faults,
    ...duplicates(records, providers),
    ...records.flatMap((record) => checkRoles(record)),
    ...checkTogether(),
  ];
  const needs = new Map(records.map((record) => [record, needsOf(record, providers, found)]));
  const { order, rings } = sort(records, needs);
  found.push(...rings.map((ring) => new CycleError(ring)));
  if (found.length > 0) throw wiringError(found);
  return { order, needs, providers, providersOf: (token) => providers.get(token) ?? [] };
}

/** What a record asks for: constructor parameters, `dependsOn`, what its roles need, factory `inject`, `useExisting`. */
function edgesOf(record: ProviderRecord, faults: Error[]): readonly Edge[] {
  const { source } = record;
  if (source.kind === 'alias') return [edge(source.of, 'useExisting')];
  if (source.kind === 'factory') return source.inject.map((token, i) => edge(token, `factory dependency ${i + 1}`));
  if (source.kind !== 'class') return [];
  const { target } = source;
  const declared = (record.options.dependsOn ?? []).map((token) => edge(token, 'dependsOn'));
  const ofRoles = record.tags.flatMap(({ role, options }) =>
    safely(() => role.dependsOn?.(target, options) ?? [], faults).map((token) => edge(token, `@${role.name}`)),
  );
  return [...parameterEdges(target, faults), ...declared, ...ofRoles];
}

function parameterEdges(target: Class, faults: Error[]): Edge[] {
  const { requests, faults: lost } = requestsOf(target);
  faults.push(...lost);
  return requests.flatMap((request, i) => (request ? [{ ...request, where: `constructor parameter ${i + 1}` }] : []));
}

function edge(token: Token, where: string): Edge {
  return { token, optional: false, all: false, where };
}

export type Providers = ReadonlyMap<Token, readonly ProviderRecord[]>;

function index(records: readonly ProviderRecord[]): Providers {
  const providers = new Map<Token, ProviderRecord[]>();
  for (const record of records) {
    for (const token of record.tokens) providers.set(token, [...(providers.get(token) ?? []), record]);
  }
  return providers;
}

function duplicates(records: readonly ProviderRecord[], providers: Providers): Error[] {
  const tokens = [...providers]
    .filter(([, of]) => of.length > 1 && !of.every((record) => record.multi))
    .map(
      ([token, of]) =>
        new DuplicateTokenError(
          tokenName(token),
          of.map((record) => record.module.name),
        ),
    );
  return [...tokens, ...duplicateNames(records)];
}

function duplicateNames(records: readonly ProviderRecord[]): Error[] {
  const byName = new Map<string, ProviderRecord[]>();
  for (const record of records) {
    if (record.source.kind === 'class' && !record.multi)
      byName.set(record.name, [...(byName.get(record.name) ?? []), record]);
  }
  return [...byName]
    .filter(([, of]) => new Set(of.map(({ tokens: [own] }) => own)).size > 1)
    .map(
      ([name, of]) =>
        new DuplicateNameError(
          name,
          of.map((record) => record.module.name),
        ),
    );
}

function needsOf(record: ProviderRecord, providers: Providers, faults: Error[]): ReadonlySet<ProviderRecord> {
  const needs = new Set<ProviderRecord>();
  for (const asked of edgesOf(record, faults)) {
    for (const found of resolve(record, asked, { providers, faults })) needs.add(found);
  }
  return needs;
}

/** The records that answer one request; what cannot be answered is a fault. */
export function resolve(
  record: ProviderRecord,
  asked: Edge,
  at: { providers: Providers; faults: Error[] },
): readonly ProviderRecord[] {
  if (asked.token === Scope) return [];
  const found = at.providers.get(asked.token) ?? [];
  const hidden = found.find((other) => !isVisible(other, record, asked.token));
  if (hidden)
    at.faults.push(new NotExportedError(record.name, record.module.name, tokenName(asked.token), hidden.module.name));
  else if (found.length === 0 && !asked.optional) at.faults.push(missing(record, asked, at.providers));
  return hidden ? [] : found;
}

function missing(record: ProviderRecord, asked: Edge, providers: Providers): SpecterError {
  const who = `${record.name} (in ${record.module.name})`;
  return new MissingDependencyError(who, asked.where, tokenName(asked.token), offerOf(asked.token, providers));
}

/** What there is instead of a missing token. */
export function offerOf(token: Token, providers: Providers): Offer {
  const available = [...providers]
    .filter(([, [first]]) => first?.source.kind !== 'part')
    .map(([other]) => tokenName(other));
  return { available, near: nearest(tokenName(token), [...providers.keys()].map(tokenName)) };
}

function isVisible({ module }: ProviderRecord, to: ProviderRecord, token: Token): boolean {
  return module === to.module || module.exports === undefined || module.exports.has(token);
}
