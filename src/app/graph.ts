// The graph: records -> who needs whom and in which order, or everything that is missing, doubled or in a ring. Pure.
import type { SpecterError } from '../kernel/errors.js';
import { nearest } from '../kernel/nearest.js';
import { Scope } from '../kernel/scope.js';
import { type Class, type Token, tokenName, tokenText } from '../kernel/token.js';
import { safely } from './collect.js';
import { formsHint } from './dynamic.js';
import {
  CycleError,
  DuplicateNameError,
  DuplicateTokenError,
  ManyValuesError,
  MissingDependencyError,
  NotExportedError,
  type Offer,
  UndefinedTokenError,
  wiringError,
} from './errors.js';
import type { Request } from './inject.js';
import type { ProviderRecord } from './module.js';
import { sort } from './order.js';
import { about } from './places.js';
import { targetOf } from './records.js';
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
  /** What the constructor of each class asks for. */
  readonly parameters: ReadonlyMap<ProviderRecord, readonly Edge[]>;
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
  const at = { providers, faults: found };
  const parameters = new Map(records.map((record) => [record, parametersOf(record, found)]));
  const needs = new Map(records.map((record) => [record, needsOf(record, parameters.get(record) ?? [], at)]));
  const { order, rings } = sort(records, needs);
  found.push(...rings.map((ring) => cycleError(ring, providers)));
  if (found.length > 0) throw wiringError(found);
  return { order, needs, parameters, providers, providersOf: (token) => providers.get(token) ?? [] };
}

/** What the constructor of a record's class asks for. */
function parametersOf({ source }: ProviderRecord, faults: Error[]): readonly Edge[] {
  if (source.kind !== 'class') return [];
  const { requests, faults: lost } = requestsOf(source.target);
  faults.push(...lost);
  const edges: Edge[] = [];
  for (const [i, request] of requests.entries()) {
    if (!request) continue;
    const { token, optional, all } = request;
    edges.push({ token, optional, all, where: `constructor parameter ${i + 1}` });
  }
  return edges;
}

/** What else it asks for: `dependsOn`, what its roles need, factory `inject`, `useExisting`. */
function otherEdgesOf({ source, options, tags }: ProviderRecord, faults: Error[]): readonly Edge[] {
  if (source.kind === 'alias') return [edge(source.of, 'useExisting')];
  if (source.kind === 'factory') return source.inject.map((token, i) => listEdge(token, `factory dependency ${i + 1}`));
  if (source.kind !== 'class') return [];
  const declared = (options.dependsOn ?? []).map((token) => listEdge(token, 'dependsOn'));
  const ofRoles = tags.flatMap(({ role, options: own }) =>
    safely(() => role.dependsOn?.(source.target, own) ?? [], faults).map((token) =>
      edge(token, role.reason?.(source.target, token) ?? `@${role.name}`),
    ),
  );
  return [...declared, ...ofRoles];
}

function edge(token: Token, where: string): Edge {
  return { token, optional: false, all: false, where };
}

/** One that a token with several values may answer: all of them then. */
function listEdge(token: Token, where: string): Edge {
  return { token, optional: false, all: true, where };
}

/** @param ring - the first again at its end; a join that the plan does not know is one of a field */
export function cycleError(ring: readonly ProviderRecord[], providers: Providers): Error {
  const joins = ring.slice(1).map((next, i) => {
    const record = ring[i] as ProviderRecord;
    const edges = [...parametersOf(record, []), ...otherEdgesOf(record, [])];
    return edges.find(({ token }) => providers.get(token)?.includes(next))?.where ?? FIELD;
  });
  const names = ring.map(({ name }) => name);
  return about(new CycleError(names, joins), ring.map(targetOf));
}

/** Where a field asks, for an error. */
export const FIELD = 'inject() in a field';

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
    .map(([token, of]) => {
      const hint = formsHint(of.map(({ form }) => form));
      return about(new DuplicateTokenError(tokenText(token), modulesOf(of), hint), of.map(targetOf));
    });
  return [...tokens, ...duplicateNames(records)];
}

function duplicateNames(records: readonly ProviderRecord[]): Error[] {
  const byName = new Map<string, ProviderRecord[]>();
  for (const record of records) {
    if (record.source.kind === 'class' && !record.multi)
      byName.set(record.name, [...(byName.get(record.name) ?? []), record]);
  }
  // The registry knows a service by its name and by its tokens alike.
  for (const record of records)
    for (const token of record.source.kind === 'class' ? record.tokens : [])
      if (typeof token === 'string' && token !== record.name) byName.get(token)?.push(record);
  return [...byName]
    .filter(([, of]) => of.length > 1 && new Set(of.map(({ tokens: [own] }) => own)).size > 1)
    .map(([name, of]) =>
      about(new DuplicateNameError(name, modulesOf(of), cureOfName(name, of.map(targetOf))), of.map(targetOf)),
    );
}

function modulesOf(records: readonly ProviderRecord[]): string[] {
  return records.map(({ module }) => module.name);
}

function cureOfName(name: string, [first, ...others]: readonly (Class | undefined)[]): string {
  if (others.some((other) => other !== first)) return `Name one of them differently: @Service({ name: '...' }).`;
  return `It is one class, made for several tokens: for one instance write { provide: TOKEN, useExisting: ${name} }.`;
}

function needsOf(record: ProviderRecord, parameters: readonly Edge[], at: Answers): ReadonlySet<ProviderRecord> {
  const needs = new Set<ProviderRecord>();
  for (const edges of [parameters, otherEdgesOf(record, at.faults)]) {
    for (const asked of edges) for (const found of resolve(record, asked, at)) needs.add(found);
  }
  return needs;
}

/** Who answers, and where faults go. */
interface Answers {
  readonly providers: Providers;
  readonly faults: Error[];
}

/** The records that answer one request; what cannot be answered is a fault. */
export function resolve(record: ProviderRecord, asked: Edge, at: Answers): readonly ProviderRecord[] {
  if (asked.token === Scope) return [];
  const found = at.providers.get(asked.token) ?? [];
  const hidden = found.find((other) => !isVisible(other, record, asked.token));
  const fault = hidden ? hiddenBy(hidden, record, asked) : faultOf(record, asked, { found, providers: at.providers });
  if (fault) at.faults.push(about(fault, [targetOf(record)]));
  return fault ? [] : found;
}

function hiddenBy({ module }: ProviderRecord, record: ProviderRecord, { token }: Edge): SpecterError {
  return new NotExportedError(record.name, record.module.name, tokenText(token), module.name);
}

function faultOf(
  record: ProviderRecord,
  { token, where, all, optional }: Edge,
  { found, providers }: { found: readonly ProviderRecord[]; providers: Providers },
): SpecterError | undefined {
  const who = `${record.name} (in ${record.module.name})`;
  if (token === undefined) return new UndefinedTokenError(who, where);
  if (!all && found[0]?.multi) return new ManyValuesError(who, where, tokenText(token));
  if (found.length > 0 || optional) return undefined;
  return new MissingDependencyError(who, where, tokenText(token), offerOf(token, providers));
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
