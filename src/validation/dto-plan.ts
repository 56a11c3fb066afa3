// DtoPlan: how an input becomes an instance of a class, worked out once, at boot, from the class's decorators.
import { type Collection, collectionOf, mostItems, scalarOf } from './declared-type.js';
import {
  type AnyClass,
  emittedType,
  type RuleNote,
  rulesOf,
  type TransformerNotes,
  type TransformHelp,
  type TypeHelp,
  type TypeNote,
  transformerOf,
} from './decorator-notes.js';
import { UntypedInputError } from './errors.js';
import type { RuleGroups } from './input-type.js';
import { type PropertyRules, planRules } from './property-rules.js';
import { type ScalarKind, scalarKindOf } from './scalars.js';

/** One class: what it is filled from. */
export interface DtoPlan {
  readonly cls: AnyClass;
  /** Every property that has a rule. */
  readonly properties: readonly PropertyPlan[];
  /** Those that an input can fill, by the key they have there. */
  readonly inputs: ReadonlyMap<string, PropertyPlan>;
}

/** One property: its names, its type, its rules. */
export interface PropertyPlan {
  /** Its name in the class. */
  readonly name: string;
  /** Its name in the input, and in faults. */
  readonly key: string;
  readonly collection: Collection | undefined;
  /** The kind of its single values, where known. */
  readonly scalar: ScalarKind | undefined;
  /** `@Type` named that kind, so that it holds also where nothing is converted. */
  readonly scalarIsNamed: boolean;
  readonly nested: NestedPlan | undefined;
  readonly transforms: readonly ((help: TransformHelp) => unknown)[];
  /** Its transforms run for an absent key, too. */
  readonly exposed: boolean;
  readonly mostItems: number;
  readonly rules: PropertyRules;
}

/** Which class the objects of a property are. */
export interface NestedPlan {
  /** The plan for one object; undefined when it is of no known kind. */
  choose(object: Readonly<Record<string, unknown>>, help: TypeHelp): DtoPlan | undefined;
  /** The key that tells the kind. */
  readonly discriminator?: string;
  /** Whether that key stays in the instance. */
  readonly keepsDiscriminator?: boolean;
}

/** Plans classes for one input, each once; classes may contain themselves. */
export class DtoPlanner {
  readonly #where: string;
  readonly #groups: RuleGroups;
  readonly #plans = new Map<AnyClass, DtoPlan>();

  /**
   * @param where - the input that is planned for, for errors
   * @param groups - which rules count
   */
  constructor(where: string, groups: RuleGroups = {}) {
    this.#where = where;
    this.#groups = groups;
  }

  /**
   * The plan of a class.
   *
   * @param via - the property that holds it, for errors
   * @throws UntypedInputError when a part of it could not be checked; SecondCopyError
   */
  planOf(cls: AnyClass, via = ''): DtoPlan {
    const known = this.#plans.get(cls);
    if (known) return known;
    const notes = rulesOf(cls, this.#groups);
    if (notes.length === 0) throw this.#noRule(cls, via);
    this.#refuseUnconstructible(cls);
    const properties: PropertyPlan[] = [];
    const inputs = new Map<string, PropertyPlan>();
    const plan: DtoPlan = { cls, properties, inputs };
    // Kept before it is filled: a class that contains itself finds it here.
    this.#plans.set(cls, plan);
    const transformer = transformerOf(cls, this.#where, this.#groups.groups);
    for (const [name, own] of byProperty(notes)) {
      const given = transformer(name);
      const property = this.#planProperty(cls, own, given);
      properties.push(property);
      if (given.key !== undefined && isSettable(cls, name)) inputs.set(given.key, property);
    }
    return plan;
  }

  /** The plan of whatever class an object is of; undefined when that class has no rules, or it has no class. */
  planFor(object: object): DtoPlan | undefined {
    const cls: unknown = object.constructor;
    if (typeof cls !== 'function') return undefined;
    const known = this.#plans.get(cls as AnyClass);
    if (known) return known;
    return rulesOf(cls as AnyClass, this.#groups).length > 0 ? this.planOf(cls as AnyClass) : undefined;
  }

  #planProperty(cls: AnyClass, notes: readonly RuleNote[], given: TransformerNotes): PropertyPlan {
    const name = notes[0]?.propertyName as string;
    const emitted = emittedType(cls, name);
    const named = scalarKindOf(given.type && staticType(given.type));
    const key = given.key ?? name;
    return {
      name,
      key,
      collection: collectionOf(notes, given.type, emitted),
      scalar: named ?? scalarOf(notes, emitted),
      scalarIsNamed: named !== undefined,
      nested: this.#planNested(cls, notes, given),
      transforms: given.transforms,
      exposed: given.exposed,
      mostItems: mostItems(notes),
      rules: planRules(notes, key, `${this.#where}: ${cls.name}.${name}`),
    };
  }

  #planNested(cls: AnyClass, notes: readonly RuleNote[], given: TransformerNotes): NestedPlan | undefined {
    const name = notes[0]?.propertyName as string;
    const place = `${cls.name}.${name}`;
    const checked = notes.some((note) => note.type === 'nestedValidation');
    const type = given.type ?? { reflectedType: emittedType(cls, name) };
    if (checked) return this.#chosenByKey(type, place) ?? this.#chosenByFunction(type) ?? this.#alwaysOne(type, place);
    const named = staticType(type);
    if (
      isDtoLike(named) &&
      (given.type || (given.transforms.length === 0 && rulesOf(named, this.#groups).length > 0))
    ) {
      const why = `${place} is a ${named.name}, but has no @ValidateNested(), so nothing inside it would be checked.`;
      throw new UntypedInputError(this.#where, why, 'Add @ValidateNested(), with { each: true } for an array.');
    }
    return undefined;
  }

  #chosenByKey(type: TypeNote, place: string): NestedPlan | undefined {
    const discriminator = type.options?.discriminator;
    if (!discriminator) return undefined;
    const plans = new Map<unknown, DtoPlan>(
      discriminator.subTypes.map(({ name, value }) => [name, this.planOf(value, `${place} -> `)]),
    );
    return {
      choose: (object) => plans.get(object[discriminator.property]),
      discriminator: discriminator.property,
      keepsDiscriminator: type.options?.keepDiscriminatorProperty === true,
    };
  }

  #chosenByFunction(type: TypeNote): NestedPlan | undefined {
    const { typeFunction } = type;
    if (!typeFunction || typeFunction.length === 0) return undefined;
    return {
      choose: (_object, help) => {
        const chosen = typeFunction(help);
        return isDtoLike(chosen) ? this.planOf(chosen) : undefined;
      },
    };
  }

  #alwaysOne(type: TypeNote, place: string): NestedPlan {
    const cls = staticType(type);
    if (!isDtoLike(cls)) {
      throw new UntypedInputError(
        this.#where,
        `${place} has @ValidateNested(), but nothing says which class its values are.`,
        'Add @Type(() => TheClass) from class-transformer; if it is there, a bundler has made a second copy of class-transformer: keep it external.',
      );
    }
    const plan = this.planOf(cls, `${place} -> `);
    return { choose: () => plan };
  }

  #noRule(cls: AnyClass, via: string): UntypedInputError {
    const name = `${via}${cls.name}`;
    if (rulesOf(cls).length === 0)
      return new UntypedInputError(
        this.#where,
        `${name} has no class-validator rule, so nothing of it can be checked.`,
      );
    const { groups = [] } = this.#groups;
    const missing = groups.length > 0 ? `in the groups ${groups.join(', ')}` : 'that belongs to no group';
    const why = `${name} has no class-validator rule ${missing}, so nothing of it would be checked.`;
    if (groups.length === 0) return new UntypedInputError(this.#where, why);
    const cure = `Give its rules the group, as @IsString({ groups: ['${groups[0]}'] }), or ask those without a group as well: { groups, always: true }.`;
    return new UntypedInputError(this.#where, why, cure);
  }

  #refuseUnconstructible(cls: AnyClass): void {
    try {
      construct(cls);
    } catch (cause) {
      const why = `${cls.name} cannot be made with \`new ${cls.name}()\`: ${cause instanceof Error ? cause.message : 'it throws'}.`;
      throw new UntypedInputError(this.#where, why, 'Give it a constructor that works without arguments.');
    }
  }
}

/** An empty instance; abstract is a word of the compiler's alone. */
export function construct(cls: AnyClass): Record<string, unknown> {
  return new (cls as new () => Record<string, unknown>)();
}

function byProperty(notes: readonly RuleNote[]): Map<string, RuleNote[]> {
  const groups = new Map<string, RuleNote[]>();
  for (const note of notes) {
    const group = groups.get(note.propertyName);
    if (group) group.push(note);
    else groups.set(note.propertyName, [note]);
  }
  return groups;
}

/** The type that `@Type` names, when it does not depend on the input. */
function staticType(type: TypeNote): unknown {
  if (!type.typeFunction) return type.reflectedType;
  if (type.typeFunction.length > 0) return undefined;
  return type.typeFunction({ newObject: {}, object: {}, property: '' });
}

/** The built-in classes whose values stay as they are. */
const PLAIN: ReadonlySet<unknown> = new Set([Object, Array, Map, Set, Function, Promise, Buffer, Uint8Array, Symbol]);

function isDtoLike(type: unknown): type is AnyClass {
  return typeof type === 'function' && scalarKindOf(type) === undefined && !PLAIN.has(type);
}

/** Methods and properties with a getter alone are not the input's to fill. */
function isSettable(cls: AnyClass, name: string): boolean {
  for (let proto = cls.prototype as object | null; proto; proto = Object.getPrototypeOf(proto) as object | null) {
    const found = Object.getOwnPropertyDescriptor(proto, name);
    if (found) return found.set !== undefined || (found.get === undefined && typeof found.value !== 'function');
  }
  return true;
}
