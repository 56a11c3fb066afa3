// Deep equality of plain data: objects, arrays, dates, maps, sets, bytes and what Object.is compares.

/** Whether two values hold the same data. Instances of other classes are only equal to themselves. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const kind = kindOf(a);
  const compare = COMPARERS[kind] as ((a: unknown, b: unknown) => boolean) | undefined;
  return compare !== undefined && kind === kindOf(b) && compare(a, b);
}

const COMPARERS: Readonly<Record<string, unknown>> = {
  Array: equalLists,
  Date: (a: Date, b: Date) => Object.is(a.getTime(), b.getTime()),
  Map: equalMaps,
  Set: (a: Set<unknown>, b: Set<unknown>) => a.size === b.size && [...a].every((item) => b.has(item)),
  bytes: (a: ArrayBufferView, b: ArrayBufferView) => tagOf(a) === tagOf(b) && equalLists(bytesOf(a), bytesOf(b)),
  plain: equalObjects,
};

/** By the tag and not by the prototype: a structured clone may come from another realm. */
function kindOf(value: object): string {
  if (ArrayBuffer.isView(value)) return 'bytes';
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return 'plain';
  return tagOf(value);
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function equalMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.has(key) && equal(value, b.get(key)));
}

function equalLists(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  return a.length === b.length && Array.from(a).every((item, i) => equal(item, b[i]));
}

function equalObjects(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}
