// What class-validator's and class-transformer's decorators have noted about a class: the only door to both packages.
import { createRequire } from 'node:module';
import type { AbstractClass, Class } from '../kernel/token.js';
import { SecondCopyError } from './errors.js';
import type { RuleGroups } from './input-type.js';

// Neither package is imported. A class that has rules was decorated by copies that are loaded already, and only their notes
// are worth anything: a copy of our own would be empty, and cost its load time besides.

/** Any class, for looking it up. */
export type AnyClass = Class | AbstractClass;

/** What class-validator tells a rule about what it judges. */
export interface RuleArguments {
  readonly value: unknown;
  readonly constraints: readonly unknown[] | undefined;
  readonly targetName: string;
  readonly object: object;
  readonly property: string;
}

/** The part of a custom or built-in constraint that decides. */
export interface Constraint {
  validate(value: unknown, args: RuleArguments): unknown;
  defaultMessage?(args?: RuleArguments): string;
}

/** A constraint class as class-validator keeps it; its instance comes from class-validator's container. */
export interface ConstraintNote {
  readonly name: string;
  readonly instance: Constraint;
}

/** One decorator of class-validator on one property. */
export interface RuleNote {
  readonly type: string;
  readonly name?: string;
  readonly target: AnyClass;
  readonly propertyName: string;
  readonly constraints?: readonly unknown[];
  readonly constraintCls?: AnyClass;
  readonly message?: string | ((args: RuleArguments) => string);
  readonly each?: boolean;
  readonly validateIf?: (object: object, value: unknown) => boolean;
}

interface RuleStore {
  getTargetValidationMetadatas(
    target: AnyClass,
    schema: string,
    always: boolean,
    strictGroups: boolean,
    groups?: readonly string[],
  ): RuleNote[];
  getTargetValidatorConstraints(target: AnyClass): ConstraintNote[];
}

/** class-validator keeps one store for all its copies, on the global object. */
function ruleStore(): RuleStore | undefined {
  return (globalThis as { classValidatorMetadataStorage?: RuleStore }).classValidatorMetadataStorage;
}

/** The rules of a class, inherited ones included, that class-validator itself would take for these groups. */
export function rulesOf(target: AnyClass, { groups, always, strictGroups }: RuleGroups = {}): readonly RuleNote[] {
  return ruleStore()?.getTargetValidationMetadatas(target, '', always ?? false, strictGroups ?? false, groups) ?? [];
}

/** The constraints behind a rule: one, or none when its class was never made a constraint. */
export function constraintsOf(note: RuleNote): readonly ConstraintNote[] {
  return (note.constraintCls && ruleStore()?.getTargetValidatorConstraints(note.constraintCls)) ?? [];
}

/** What a `@Type` function is told. */
export interface TypeHelp {
  readonly newObject: object;
  readonly object: object;
  readonly property: string;
}

/** `@Type` on a property. */
export interface TypeNote {
  readonly reflectedType?: unknown;
  readonly typeFunction?: (help: TypeHelp) => unknown;
  readonly options?: {
    readonly keepDiscriminatorProperty?: boolean;
    readonly discriminator?: { property: string; subTypes: readonly { value: AnyClass; name: string }[] };
  };
}

/** What a `@Transform` function is told. */
export interface TransformHelp {
  readonly value: unknown;
  readonly key: string;
  readonly obj: object;
  /** Always 0: a plain object becomes an instance. */
  readonly type: 0;
  readonly options: object;
}

interface TransformNote {
  readonly transformFn: (help: TransformHelp) => unknown;
  readonly options?: { readonly groups?: readonly string[] };
}

interface ExposeNote {
  readonly propertyName: string;
  readonly options?: { readonly name?: string; readonly groups?: readonly string[]; readonly toPlainOnly?: boolean };
}

interface TransformStore {
  readonly _typeMetadatas: ReadonlyMap<AnyClass, unknown>;
  readonly _transformMetadatas: ReadonlyMap<AnyClass, unknown>;
  readonly _exposeMetadatas: ReadonlyMap<AnyClass, unknown>;
  readonly _excludeMetadatas: ReadonlyMap<AnyClass, unknown>;
  findTypeMetadata(target: AnyClass, property: string): TypeNote | undefined;
  findTransformMetadatas(target: AnyClass, property: string, type: 0): TransformNote[];
  findExposeMetadata(target: AnyClass, property: string): ExposeNote | undefined;
  getExposedProperties(target: AnyClass, type: 0): string[];
  getExcludedProperties(target: AnyClass, type: 0): string[];
  getStrategy(target: AnyClass): 'none' | 'excludeAll' | 'exposeAll';
}

/** How class-transformer's decorators want one property to be filled. */
export interface TransformerNotes {
  readonly type: TypeNote | undefined;
  readonly transforms: readonly TransformNote['transformFn'][];
  /** The name in the input; undefined when the property takes none. */
  readonly key: string | undefined;
  /** `@Expose` was given, so that its `@Transform` runs for an absent key, too. */
  readonly exposed: boolean;
}

/**
 * Reads what class-transformer knows of a class.
 *
 * @param where - the input that needs it, for the error
 * @param groups - what is given in other groups does not count
 * @throws SecondCopyError when two loaded copies each know a part of the class
 */
export function transformerOf(
  target: AnyClass,
  where: string,
  groups: readonly string[] = [],
): (property: string) => TransformerNotes {
  const knowing = loadedStores().filter(({ store }) => lineage(target).some((cls) => knows(store, cls)));
  if (knowing.length > 1) {
    throw new SecondCopyError(
      where,
      target.name,
      knowing.map(({ file }) => file),
    );
  }
  const store = knowing[0]?.store;
  if (!store) return (property) => ({ type: undefined, transforms: [], key: property, exposed: false });
  const exposed = new Set(store.getExposedProperties(target, 0));
  const excluded = new Set(store.getExcludedProperties(target, 0));
  const onlyExposed = store.getStrategy(target) === 'excludeAll';
  const keyOf = (property: string) => keyFrom(store.findExposeMetadata(target, property), property, groups);
  return (property) => ({
    type: store.findTypeMetadata(target, property),
    transforms: store
      .findTransformMetadatas(target, property, 0)
      .filter((note) => isInGroups(note.options?.groups, groups))
      .map((note) => note.transformFn),
    key: excluded.has(property) || (onlyExposed && !exposed.has(property)) ? undefined : keyOf(property),
    exposed: exposed.has(property),
  });
}

function keyFrom(note: ExposeNote | undefined, property: string, groups: readonly string[]): string | undefined {
  const options = note?.options;
  if (!isInGroups(options?.groups, groups)) return undefined;
  return options?.name && !options.toPlainOnly ? options.name : property;
}

/** class-transformer's rule: what names groups counts for them alone, and what names none counts always. */
function isInGroups(own: readonly string[] | undefined, asked: readonly string[]): boolean {
  if (asked.length === 0) return !own?.length;
  return own === undefined || own.some((group) => asked.includes(group));
}

/** The type that the compiler noted for a property, where it was told to note any. */
export function emittedType(target: AnyClass, property: string): unknown {
  const reflect = Reflect as { getMetadata?(key: string, target: object, property: string): unknown };
  return reflect.getMetadata?.('design:type', target.prototype as object, property);
}

function knows(store: TransformStore, cls: AnyClass): boolean {
  const notes = [store._typeMetadatas, store._transformMetadatas, store._exposeMetadatas, store._excludeMetadatas];
  return notes.some((map) => map.has(cls));
}

function lineage(target: AnyClass): AnyClass[] {
  const classes: AnyClass[] = [];
  for (
    let cls: unknown = target;
    typeof cls === 'function' && cls !== Function.prototype;
    cls = Object.getPrototypeOf(cls)
  ) {
    classes.push(cls as AnyClass);
  }
  return classes;
}

const STORE_FILE = /[\\/]class-transformer[\\/](?:cjs|esm5|esm2015)[\\/]storage\.js$/;

interface Copy {
  readonly file: string;
  readonly store: TransformStore;
}

/** The stores of every copy of class-transformer that this process has loaded. */
function loadedStores(): Copy[] {
  const cache = moduleCache();
  const copies = Object.keys(cache)
    .filter((file) => STORE_FILE.test(file))
    .map((file) => ({ file, store: storeIn(cache[file]?.exports) }));
  const all = [...copies, { file: 'the bundle of this program', store: bundledStore() }];
  return all.filter((copy, i): copy is Copy => {
    return copy.store !== undefined && all.findIndex(({ store }) => store === copy.store) === i;
  });
}

/** Every module that Node has loaded; what is bundled as CommonJS has no address, and no modules to look for. */
function moduleCache(): NodeJS.Dict<NodeModule> {
  try {
    return createRequire(import.meta.url).cache;
  } catch {
    return {};
  }
}

/** A program bundled into one file has its modules in no cache; there `require` is what the bundler made of it. */
function bundledStore(): TransformStore | undefined {
  try {
    return typeof require === 'function' ? storeIn(require('class-transformer/cjs/storage.js')) : undefined;
  } catch {
    return undefined;
  }
}

function storeIn(module: unknown): TransformStore | undefined {
  return (module as { defaultMetadataStorage?: TransformStore } | undefined)?.defaultMetadataStorage;
}
