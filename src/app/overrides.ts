// override(): puts other sources in the place of providers, for a test.
import { nearest } from '../kernel/nearest.js';
import { type Token, tokenName } from '../kernel/token.js';
import { OverrideError } from './errors.js';
import type { ProviderRecord, Source } from './module.js';
import { roleOptions } from './records.js';
import { rolesOf } from './tags.js';

/** The records with what was overridden replaced; an override that replaces nothing is a fault. */
export function override(
  records: readonly ProviderRecord[],
  overrides: ReadonlyMap<Token, Source>,
): { records: readonly ProviderRecord[]; faults: Error[] } {
  const unused = new Set(overrides.keys());
  const replaced = records.map((record): ProviderRecord => {
    const token = record.tokens.find((own) => overrides.has(own));
    if (token === undefined) return record;
    unused.delete(token);
    return { ...record, ...rolesOfSource(overrides.get(token) as Source), fake: true };
  });
  // A fake that takes its time is ready before anybody asks for it, also in a field, as what it replaces would be.
  const early = replaced.filter(({ fake, source }) => fake && source.kind === 'factory');
  const others = replaced.filter((record) => !early.includes(record));
  const known = records.flatMap(({ tokens }) => tokens).map(tokenName);
  const faults = [...unused].map((token) => new OverrideError(token, nearest(tokenName(token), known)));
  return { records: [...early, ...others], faults };
}

/** A class in the place of another brings its own roles. */
function rolesOfSource(source: Source): Pick<ProviderRecord, 'source' | 'tags' | 'options'> {
  if (source.kind !== 'class') return { source, tags: [], options: {} };
  return { source, tags: rolesOf(source.target), options: roleOptions(source.target) };
}
