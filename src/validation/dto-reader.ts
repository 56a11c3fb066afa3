// Reads a plain object into an instance of its class: only declared keys, of declared types, strictly converted.
import type { Check } from './check.js';
import { construct, type DtoPlan, type PropertyPlan } from './dto-plan.js';
import { joinPath, sentence } from './faults.js';
import { isPlainObject } from './limits.js';
import { isCollection } from './rule.js';
import { readScalar } from './scalar-reader.js';

// Looked up once: what follows runs for every value of every body.
const { isArray } = Array;
const { keys: keysOf, hasOwn } = Object;

type Fields = Record<string, unknown>;

/** A value that could not be read; its fault is told already. */
const REFUSED = Symbol('refused');

/** One property on its way from the input into the instance. */
interface Slot {
  readonly property: PropertyPlan;
  readonly source: Fields;
  readonly instance: Fields;
  readonly path: string;
  readonly check: Check;
}

/**
 * The instance, filled as far as the input can be read; undefined when the input is no object.
 *
 * @param path - where the input is, for faults
 * @param known - a further key that is no fault: the one that told the class
 */
export function readObject(
  plan: DtoPlan,
  input: unknown,
  path: string,
  check: Check,
  known?: string,
): Fields | undefined {
  if (!isPlainObject(input)) {
    check.faults.add(path, 'isObject', sentence(path, 'must be an object'));
    return undefined;
  }
  const instance = construct(plan.cls);
  for (const key of keysOf(input)) {
    if (check.faults.full) return instance;
    const property = plan.inputs.get(key);
    const at = joinPath(path, key);
    if (property) fill({ property, source: input, instance, path: at, check });
    else if (check.strictKeys && key !== known) check.faults.add(at, 'unknown', sentence(at, 'is not known here'));
  }
  fillAbsent(plan, input, instance, path, check);
  check.finally(() => dropUnsent(plan, input, instance));
  return instance;
}

/** A declared field is there also when nothing came for it; copied onto a record it would wipe what is kept there. */
function dropUnsent(plan: DtoPlan, source: Fields, instance: Fields): void {
  for (const name of keysOf(instance)) {
    if (instance[name] !== undefined) continue;
    const key = plan.properties.find((property) => property.name === name)?.key ?? name;
    if (!hasOwn(source, key)) Reflect.deleteProperty(instance, name);
  }
}

function fill(slot: Slot): void {
  const { property, source, path, check } = slot;
  const raw = source[property.key];
  // An absent key leaves what the class's own field says.
  if (raw === undefined) return;
  const read = readProperty(slot, raw);
  const value = read === REFUSED ? REFUSED : transformed(slot, read);
  if (value === REFUSED) return;
  if (raw === null && value === null) check.foundNull(path);
  if (property.collection && value !== null && value !== undefined && !isCollection(value)) {
    check.faults.add(path, 'isArray', sentence(path, 'must be an array'));
    return;
  }
  assign(slot, value);
}

/** A setter is the class's own code, and may meet anything as well. */
function assign({ property, instance, path, check }: Slot, value: unknown): void {
  try {
    instance[property.name] = value;
  } catch (error) {
    refuse(error, path, check);
  }
}

/** `@Expose()` beside `@Transform()` means that the value is made even when none came. */
function fillAbsent(plan: DtoPlan, source: Fields, instance: Fields, path: string, check: Check): void {
  for (const property of plan.inputs.values()) {
    if (!property.exposed || property.transforms.length === 0 || hasOwn(source, property.key)) continue;
    const slot: Slot = { property, source, instance, path: joinPath(path, property.key), check };
    const value = transformed(slot, undefined);
    if (value !== REFUSED && value !== undefined) assign(slot, value);
  }
}

/** A transformation runs before the rules, so it may meet anything: where it throws, the input was not what it reads. */
function transformed({ property, source, path, check }: Slot, read: unknown): unknown {
  try {
    return property.transforms.reduce<unknown>(
      (value, transform) => transform({ value, key: property.name, obj: source, type: 0, options: {} }),
      read,
    );
  } catch (error) {
    refuse(error, path, check);
    return REFUSED;
  }
}

function refuse(error: unknown, path: string, check: Check): void {
  check.threw(error);
  check.faults.add(path, 'transform', sentence(path, 'cannot be read'));
}

function readProperty(slot: Slot, raw: unknown): unknown {
  const { property, check } = slot;
  if (raw === null) return null;
  if (isArray(raw) && raw.length > property.mostItems) {
    const predicate = `must contain no more than ${property.mostItems} elements`;
    check.faults.add(slot.path, 'arrayMaxSize', sentence(slot.path, predicate));
    return REFUSED;
  }
  if (property.collection === undefined) return readElement(slot, raw, slot.path);
  // One value of a query is a list of one, unless the property has a transformation that wants to see it.
  const single = check.convert && typeof raw === 'string' && isReadHere(property, check);
  return readMany(slot, single ? [raw] : raw);
}

function readMany(slot: Slot, raw: unknown): unknown {
  const { property, path, check } = slot;
  const isMap = property.collection === 'map';
  if (isMap ? !isPlainObject(raw) : !isArray(raw)) {
    // Who transforms a property may take another form of it, and what comes of it is looked at afterwards.
    if (property.transforms.length > 0) return raw;
    check.faults.add(path, isMap ? 'isObject' : 'isArray', sentence(path, `must be an ${isMap ? 'object' : 'array'}`));
    return REFUSED;
  }
  const entries: [string, unknown][] = [];
  for (const [key, item] of Object.entries(raw as object)) {
    if (check.faults.full) return REFUSED;
    const read = readElement(slot, item, joinPath(path, key));
    // The other objects in a list are judged all the same; a list of numbers that are not all numbers is not.
    if (read === REFUSED && !property.nested) check.faults.mark(path);
    entries.push([key, read === REFUSED ? undefined : read]);
  }
  if (isMap) return new Map(entries);
  const items = entries.map(([, item]) => item);
  return property.collection === 'set' ? new Set(items) : items;
}

function readElement(slot: Slot, raw: unknown, path: string): unknown {
  const { property, check } = slot;
  if (property.nested) return readNested(slot, raw, path);
  if (!isReadHere(property, check)) return raw;
  const value = readScalar(property.scalar ?? 'string', raw, path, check);
  return value === undefined ? REFUSED : value;
}

/** Whether its single values are read as scalars: where texts are converted, unless it is transformed, and wherever @Type says so. */
function isReadHere(property: PropertyPlan, check: Check): boolean {
  return property.scalarIsNamed || (check.convert && property.transforms.length === 0);
}

function readNested({ property, source, instance, check }: Slot, raw: unknown, path: string): unknown {
  const { nested } = property;
  if (!nested || !isPlainObject(raw)) {
    check.faults.add(path, 'isObject', sentence(path, 'must be an object'));
    return REFUSED;
  }
  const plan = nested.choose(raw, { newObject: instance, object: source, property: property.name });
  if (!plan) {
    const at = nested.discriminator === undefined ? path : joinPath(path, nested.discriminator);
    check.faults.add(at, 'discriminator', sentence(at, 'names no known kind'));
    return REFUSED;
  }
  const object = readObject(plan, raw, path, check, nested.discriminator);
  if (!object) return REFUSED;
  if (nested.discriminator && nested.keepsDiscriminator) object[nested.discriminator] = raw[nested.discriminator];
  return object;
}
