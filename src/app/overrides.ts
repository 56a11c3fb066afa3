// override(): puts other sources in the place of providers, for a test.
import type { Token } from '../kernel/token.js';
import { OverrideError } from './errors.js';
import { type ProviderRecord, roleOptions, type Source } from './module.js';
import { rolesOf } from './tags.js';

/** The records with what was overridden replaced; an override that replaces nothing is a fault. */
export function override(
  records: readonly ProviderRecord[],
  overrides: ReadonlyMap<Token, Source>,
): { records: readonly ProviderRecord[]; faults: Error[] } {
  const unused = new Set(overrides.keys());
  const replaced = records.map((record) => {
    const token = record.tokens.find((own) => overrides.has(own));
    if (token === undefined) return record;
    unused.delete(token);
    return { ...record, ...rolesOfSource(overrides.get(token) as Source) };
  });
  return { records: replaced, faults: [...unused].map((token) => new OverrideError(token)) };
}

/** A class in the place of another brings its own roles. */
function rolesOfSource(source: Source): Pick<ProviderRecord, 'source' | 'tags' | 'options'> {
  if (source.kind !== 'class') return { source, tags: [], options: {} };
  return { source, tags: rolesOf(source.target), options: roleOptions(source.target) };
}
