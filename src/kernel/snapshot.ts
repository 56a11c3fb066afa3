// Snapshot: what a value was at one moment, for comparing it with what comes later.

/** A copy that later changes of the value do not reach. Functions, and instances that show no data of their own, stay themselves. */
export function snapshotOf(value: unknown): unknown {
  return copy(value, new Map());
}

type Seen = Map<object, unknown>;

function copy(value: unknown, seen: Seen): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return structuredClone(value);
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Map) return copyMap(value, seen);
  if (value instanceof Set) return remember(value, new Set([...value].map((item) => copy(item, seen))), seen);
  if (Array.isArray(value)) return copyList(value, seen);
  return copyFields(value, seen);
}

function remember<T>(value: object, made: T, seen: Seen): T {
  seen.set(value, made);
  return made;
}

function copyList(list: readonly unknown[], seen: Seen): unknown[] {
  const made = remember<unknown[]>(list, [], seen);
  for (const item of list) made.push(copy(item, seen));
  return made;
}

/** Keys stay: they are compared by identity. */
function copyMap(map: ReadonlyMap<unknown, unknown>, seen: Seen): Map<unknown, unknown> {
  const made = remember(map, new Map<unknown, unknown>(), seen);
  for (const [key, item] of map) made.set(key, copy(item, seen));
  return made;
}

/** An instance whose data is private looks empty: all of its kind would be equal, so it is compared by identity. */
function copyFields(value: object, seen: Seen): object {
  const fields = value instanceof Error ? Object.assign({ name: value.name, message: value.message }, value) : value;
  const keys = Object.keys(fields);
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (keys.length === 0 && !isPlain) return value;
  const made = remember<Record<string, unknown>>(value, Object.create(null), seen);
  for (const key of keys) made[key] = copy((fields as Record<string, unknown>)[key], seen);
  return made;
}
