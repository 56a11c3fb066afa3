// What tells two forms of one module apart, and when two that should be the same are not.
import type { Class } from '../kernel/token.js';
import type { DynamicModule } from './module.js';
import type { AnyProvider } from './provider.js';

/** The forms of modules that were met in one flattening. */
export class Forms {
  readonly #met = new Set<DynamicModule>();
  readonly #named = new Map<Class, Map<string, DynamicModule>>();

  /** The form that this one repeats; undefined when it is a new one. */
  repeats(form: DynamicModule): DynamicModule | undefined {
    if (this.#met.has(form)) return form;
    this.#met.add(form);
    if (form.id === undefined) return undefined;
    const named = this.#named.get(form.module) ?? new Map<string, DynamicModule>();
    this.#named.set(form.module, named);
    const first = named.get(form.id);
    if (!first) named.set(form.id, form);
    return first;
  }
}

/** Whether two forms of one id plainly do not say the same: other tokens, or other plain values. Functions and instances cannot be compared. */
export function differs(a: DynamicModule, b: DynamicModule): boolean {
  const [ours = [], theirs = []] = [a.providers, b.providers];
  return ours.length !== theirs.length || ours.some((provider, i) => contradict(provider, theirs[i]));
}

function contradict(a: AnyProvider, b: AnyProvider | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a !== b;
  return a.provide !== b.provide || differ(a.useValue, b.useValue);
}

/** Options deeper than this are not compared; they may lead back to themselves. */
const MAX_DEPTH = 8;

function differ(a: unknown, b: unknown, depth = 0): boolean {
  if (isPlain(a) && isPlain(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return depth < MAX_DEPTH && [...keys].some((key) => differ(a[key], b[key], depth + 1));
  }
  return isScalar(a) && isScalar(b) && !Object.is(a, b);
}

function isScalar(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function');
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

/** Why one token may be provided by several forms of one module, for an error. */
export function formsHint(forms: readonly (DynamicModule | undefined)[]): string {
  const different = [...new Set(forms.filter((form) => form !== undefined))];
  const [first] = different;
  if (!first || different.length < 2 || different.some(({ module }) => module !== first.module)) return '';
  const ids = different.map(({ id }) => (id === undefined ? 'none' : `"${id}"`)).join(', ');
  return `${first.module.name} is imported in ${different.length} forms (id: ${ids}): import one object, or forms of one id, where one is meant. `;
}
