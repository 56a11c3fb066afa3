// ClassNotes: what class and method decorators wrote, from the outermost inwards.
import type { Class } from '../kernel/token.js';

/** Decorates a class or a method. */
export type ClassOrMethodTag = (target: object, method?: string | symbol) => void;

interface Written<T> {
  readonly own: T[];
  readonly methods: Map<string | symbol, T[]>;
}

/** The notes of one kind of decorator on classes and their methods. Overriding a method loses none of them. */
export class ClassNotes<T> {
  readonly #written = new WeakMap<object, Written<T>>();

  /** Makes a decorator. Decorators are applied from the inside out, so each new one goes before those already there. */
  tag(items: readonly T[]): ClassOrMethodTag {
    return (target, method) => {
      const notes = this.#notesOf(method === undefined ? target : target.constructor);
      if (method === undefined) notes.own.unshift(...items);
      else notes.methods.set(method, [...items, ...(notes.methods.get(method) ?? [])]);
    };
  }

  /** What stands on a class, a base class's first. */
  ofClass(target: Class): readonly T[] {
    return this.#lineOf(target).flatMap((notes) => notes.own);
  }

  /** What stands on a method, a base class's first. */
  ofMethod(target: Class, method: string | symbol): readonly T[] {
    return this.#lineOf(target).flatMap((notes) => notes.methods.get(method) ?? []);
  }

  /** Everything on a class and its methods. */
  all(target: Class): readonly T[] {
    return this.#lineOf(target).flatMap((notes) => [...notes.own, ...[...notes.methods.values()].flat()]);
  }

  /** Everything on a class and its methods, each with its place, as `2 of FilmController.remove`. */
  placed(target: Class): readonly { readonly place: string; readonly item: T }[] {
    const places = [undefined, ...this.methods(target)];
    return places.flatMap((method) =>
      (method === undefined ? this.ofClass(target) : this.ofMethod(target, method)).map((item, index) => {
        const of = method === undefined ? target.name : `${target.name}.${String(method)}`;
        return { place: `${index + 1} of ${of}`, item };
      }),
    );
  }

  /** The methods on which something stands. */
  methods(target: Class): readonly (string | symbol)[] {
    return [...new Set(this.#lineOf(target).flatMap(({ methods }) => [...methods.keys()]))];
  }

  #notesOf(target: object): Written<T> {
    const notes = this.#written.get(target) ?? { own: [], methods: new Map() };
    this.#written.set(target, notes);
    return notes;
  }

  /** The notes on a class and its bases, the furthest base first. */
  #lineOf(target: Class): readonly Written<T>[] {
    const line: Written<T>[] = [];
    for (let at: object | null = target; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
      const notes = this.#written.get(at);
      if (notes) line.unshift(notes);
    }
    return line;
  }
}

/** Whether a function must be constructed: it has the method, or was written as a class. */
export function isClassWith(like: unknown, method: string): boolean {
  if (typeof like !== 'function') return false;
  return typeof like.prototype?.[method] === 'function' || /^class\b/.test(Function.prototype.toString.call(like));
}
