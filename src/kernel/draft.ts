// Draft: a view of nested data that can be changed freely, and becomes new data when the changes are complete.
import { InvalidArgumentError } from './errors.js';
import { checkDepth, copyLevel, isLevel, type Level, settle } from './levels.js';
import { checkKey, isForbidden } from './path.js';
import { isThenable } from './thenable.js';

/** One change: what its drafts share. */
interface Session {
  readonly where: string;
  /** Looks at each value that is put in, once it is final. */
  readonly admit: (value: unknown) => void;
  open: boolean;
}

/** The draft behind each view. */
const drafts = new WeakMap<object, Draft>();

/**
 * Runs `change` on a draft of `base`.
 *
 * @returns `base` itself when nothing was written, else a new root; the base is never touched, so a throw changes nothing
 * @throws what `change` throws
 */
export function changeDraft(base: Level, change: (draft: Level) => unknown, session: Omit<Session, 'open'>): Level {
  const shared: Session = { ...session, open: true };
  const draft = new Draft(base, shared, undefined);
  try {
    const returned = change(draft.view);
    if (isThenable(returned)) {
      // It goes on without anybody who waits for it; what it does to the draft now is refused as well.
      returned.then(nothing, nothing);
      throw new InvalidArgumentError(session.where, 'a function that changes the draft before it returns', returned);
    }
    return draft.finish();
  } finally {
    shared.open = false;
  }
}

/** Not even what it gives is passed on: a draft among it would be asked whether it is a promise. */
const nothing = () => {};

/** One level of the draft. It follows the thing, not the place: an item keeps its changes when the list around it is sorted. */
class Draft implements ProxyHandler<Level> {
  readonly view: Level;
  readonly #base: Level;
  readonly #session: Session;
  readonly #parent: Draft | undefined;
  readonly #children = new Map<string, Draft>();
  readonly #assigned = new Set<string>();
  #copy: Level | undefined;
  #changed = false;
  #finishing = false;
  #result: Level | undefined;

  constructor(base: Level, session: Session, parent: Draft | undefined) {
    this.#base = base;
    this.#session = session;
    this.#parent = parent;
    this.view = new Proxy((Array.isArray(base) ? [] : {}) as Level, this);
    drafts.set(this.view, this);
  }

  /** The data as it is when all is done. What was not written is the same object as before. */
  finish(): Level {
    if (!this.#changed) return this.#base;
    if (this.#result) return this.#result;
    if (this.#finishing)
      throw new InvalidArgumentError(this.#session.where, 'data that does not contain itself', this.#base);
    this.#finishing = true;
    this.#result = this.#finished();
    return this.#result;
  }

  get(_: Level, key: string | symbol): unknown {
    this.#demandOpen();
    if (isForbidden(key)) return undefined;
    const value = Reflect.get(this.#latest, key);
    if (!isLevel(value) || drafts.has(value) || !Object.hasOwn(this.#latest, key)) return value;
    return this.#child(String(key), value).view;
  }

  set(_: Level, key: string | symbol, value: unknown): boolean {
    const name = this.#writable(key);
    if (this.#holds(name, value)) return true;
    this.#open()[name] = value;
    this.#assigned.add(name);
    return true;
  }

  deleteProperty(_: Level, key: string | symbol): boolean {
    const name = this.#writable(key);
    if (Object.hasOwn(this.#latest, name)) delete this.#open()[name];
    return true;
  }

  has(_: Level, key: string | symbol): boolean {
    return Reflect.has(this.#latest, key);
  }

  ownKeys(): (string | symbol)[] {
    this.#demandOpen();
    return Reflect.ownKeys(this.#latest);
  }

  getOwnPropertyDescriptor(target: Level, key: string | symbol): PropertyDescriptor | undefined {
    const found = Reflect.getOwnPropertyDescriptor(this.#latest, key);
    if (!found) return undefined;
    const fixed = Array.isArray(target) && key === 'length';
    return {
      value: this.get(target, key),
      writable: true,
      enumerable: found.enumerable === true,
      configurable: !fixed,
    };
  }

  defineProperty(): boolean {
    return false;
  }

  setPrototypeOf(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  get #latest(): Level {
    return this.#copy ?? this.#base;
  }

  #finished(): Level {
    const result = this.#copy ?? copyLevel(this.#base);
    for (const [key, child] of this.#children) if (result[key] === child.#base) result[key] = child.finish();
    for (const key of this.#assigned) if (Object.hasOwn(result, key)) result[key] = this.#admitted(result[key]);
    return result;
  }

  #child(key: string, base: Level): Draft {
    const known = this.#children.get(key);
    if (known && known.#base === base) return known;
    const child = new Draft(base, this.#session, this);
    this.#children.set(key, child);
    return child;
  }

  #holds(key: string, value: unknown): boolean {
    if (!Object.hasOwn(this.#latest, key)) return false;
    const present = this.#latest[key];
    if (Object.is(present, value)) return true;
    const child = this.#children.get(key);
    return child !== undefined && child.view === value && child.#base === present;
  }

  #writable(key: string | symbol): string {
    this.#demandOpen();
    if (typeof key === 'symbol') throw new InvalidArgumentError(this.#session.where, 'keys that are strings', key);
    checkKey(this.#session.where, key);
    return key;
  }

  #open(): Level {
    for (let draft: Draft | undefined = this; draft && !draft.#changed; draft = draft.#parent) draft.#changed = true;
    this.#copy ??= copyLevel(this.#base);
    return this.#copy;
  }

  #admitted(value: unknown): unknown {
    const { where, admit } = this.#session;
    const final = resolve(where, value);
    admit(final);
    return settle(where, final);
  }

  #demandOpen(): void {
    if (!this.#session.open)
      throw new InvalidArgumentError(this.#session.where, 'a draft that is used inside its function only', this.#base);
  }
}

/** A value that was put in, with the drafts inside it replaced by what they have become. */
function resolve(where: string, value: unknown, depth = 0): unknown {
  if (!isLevel(value)) return value;
  const draft = drafts.get(value);
  if (draft) return draft.finish();
  if (!Object.isExtensible(value)) return value;
  checkDepth(where, depth);
  for (const key of Object.keys(value)) {
    const final = resolve(where, value[key], depth + 1);
    if (final !== value[key]) value[key] = final;
  }
  return value;
}
