// @Config: a class that is filled from the environment, through the same gate as every other input.
import { counted } from '../kernel/counted.js';
import { SpecterError } from '../kernel/errors.js';
import { nearest } from '../kernel/nearest.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import type { Fault } from '../kernel/problem.js';
import { isThenable } from '../kernel/thenable.js';
import type { Class } from '../kernel/token.js';
import { ValidationError } from '../validation/errors.js';
import { compileGate } from '../validation/gate.js';
import { safely } from './collect.js';
import { InvalidRoleError } from './errors.js';
import type { ProviderRecord } from './module.js';
import { about } from './places.js';
import { ROLE_KEYS, type Role, type RoleOptions } from './role.js';
import { type ClassTag, tag } from './tags.js';

export interface ConfigOptions extends RoleOptions {
  /** Put before each variable: `MEDIA_` reads `port` from `MEDIA_PORT`. @default none */
  readonly prefix?: string;
}

const KEYS = { prefix: true } satisfies Record<Exclude<keyof ConfigOptions, keyof RoleOptions>, true>;

const config: Role<ConfigOptions> = { name: 'config' };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Tags a DTO class as configuration: `smtpPort` is read from `SMTP_PORT`, checked before anything starts, and injectable by class.
 *
 * @example
 * @Config({ prefix: 'SMTP_' })
 * class SmtpConfig {
 *   @IsPort() port = '25';
 *   @IsString() host!: string;
 * }
 */
export function Config(options: ConfigOptions = {}): ClassTag {
  return tag(config, options);
}

/** The environment does not fit what the application needs. Lists every variable, and never a value. */
export class ConfigError extends SpecterError {
  constructor(lines: readonly string[]) {
    super(
      'SPECTER_CONFIG',
      `The environment has ${counted(lines.length, 'fault')}:\n${lines.map((line) => `  - ${line}`).join('\n')}`,
    );
  }
}

/** Fills all configuration classes; the records that come back hold their values. */
export function readConfigs(
  records: readonly ProviderRecord[],
  env: Environment,
): { records: readonly ProviderRecord[]; faults: Error[] } {
  const lines: string[] = [];
  const faults: Error[] = [];
  const accused = new Set<Class>();
  const read = records.map((record) => {
    const options = configOptions(record);
    if (!options || record.source.kind !== 'class') return record;
    const { target } = record.source;
    const before = lines.length;
    safely(() => {
      checkOptionKeys(`The config ${target.name}`, options, [...ROLE_KEYS, ...Object.keys(KEYS)]);
      return [];
    }, faults);
    const value = fill(target, { prefix: options.prefix ?? '', env, lines, faults });
    if (lines.length > before) accused.add(target);
    return { ...record, source: { kind: 'value', value }, tags: [], options: {} } satisfies ProviderRecord;
  });
  if (lines.length > 0) faults.push(about(new ConfigError(lines), [...accused]));
  return { records: read, faults };
}

interface Filling {
  readonly prefix: string;
  readonly env: Environment;
  readonly lines: string[];
  readonly faults: Error[];
}

function configOptions(record: ProviderRecord): ConfigOptions | undefined {
  return record.tags.find(({ role }) => (role as Role<never>) === config)?.options as ConfigOptions | undefined;
}

function fill(target: Class, filling: Filling): unknown {
  try {
    const gate = compileGate(target, { in: 'env', convert: true, where: `@Config ${target.name}` });
    const keys = gate.keys ?? [];
    filling.lines.push(...nearMisses(keys, filling));
    const value = gate.check(valuesOf(keys, filling));
    if (!isThenable(value)) return value;
    value.then(undefined, () => {});
    throw new InvalidRoleError(
      target.name,
      'has an asynchronous rule',
      'Configuration is checked at once: use synchronous rules.',
    );
  } catch (thrown) {
    if (thrown instanceof ValidationError)
      filling.lines.push(...(thrown.problem.errors ?? []).map((fault) => lineOf(fault, filling)));
    else filling.faults.push(thrown as Error);
    return undefined;
  }
}

/** An empty variable is one that is not set, as in a shell. */
function valuesOf(keys: readonly string[], { prefix, env }: Filling): Record<string, string> {
  const present = keys.map((key) => [key, env[variableOf(prefix, key)]] as const);
  return Object.fromEntries(
    present.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== ''),
  );
}

function lineOf(fault: Fault, filling: Filling): string {
  const [key = ''] = fault.path.split('.');
  const variable = variableOf(filling.prefix, key);
  return `${variable} ${stateOf(variable, filling)}: ${fault.message}`;
}

function stateOf(variable: string, filling: Filling): string {
  const value = filling.env[variable];
  if (value) return 'is not usable';
  return value === '' ? 'is set, but empty' : `is not set${misspeltPrefix(variable, filling)}`;
}

/** Without a prefix every program's variables would be candidates, and `HOST` is near to `HOME`. */
function misspeltPrefix(variable: string, { prefix, env }: Filling): string {
  if (prefix === '') return '';
  const others = Object.keys(env).filter((name) => !name.startsWith(prefix));
  const [near] = nearest(variable, others);
  return near ? `, but ${near} is; did you mean ${variable}?` : '';
}

/** A variable under the prefix that nobody reads is probably a misspelt one. */
function nearMisses(keys: readonly string[], { prefix, env }: Filling): string[] {
  if (prefix === '') return [];
  const known = keys.map((key) => variableOf(prefix, key));
  return Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !known.includes(name))
    .flatMap((name) => {
      const [near] = nearest(name, known);
      return near ? [`${name} is read by nobody; did you mean ${near}?`] : [];
    });
}

/** `smtpPort` is `SMTP_PORT`. */
function variableOf(prefix: string, key: string): string {
  return prefix + key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
