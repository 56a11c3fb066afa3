// What decorators wrote on a class: its roles, the notes on its methods and parameters, and the types the compiler emitted.
import type { Class } from '../kernel/token.js';
import { decoratorBirth, notePlace } from './places.js';
import type { Role, RoleOptions } from './role.js';

/** A class decorator, a method decorator and a parameter decorator, as TypeScript's `experimentalDecorators` calls them. */
export type ClassTag = (target: Class) => void;
export type MethodTag = (prototype: object, method: string | symbol) => void;
export type ParameterTag = (target: object, method: string | symbol | undefined, index: number) => void;

/** One role on a class. */
export interface Tag<Options extends RoleOptions = RoleOptions> {
  readonly role: Role<Options>;
  readonly options: Options;
}

/** One note of a role on a method. */
export interface Member<Data = unknown> {
  readonly method: string | symbol;
  readonly data: Data;
}

interface Notes {
  readonly tags: Tag[];
  readonly members: Map<Role<never>, Member[]>;
  readonly parameters: Map<string | symbol | undefined, Map<number, unknown[]>>;
  /** Static methods with a note, which no role would ever find. */
  readonly statics: (string | symbol)[];
}

const written = new WeakMap<object, Notes>();

/** Makes a class decorator that gives a class a role. */
export function tag<Options extends RoleOptions>(role: Role<Options>, options: Options): ClassTag {
  const birth = decoratorBirth();
  return (target) => {
    notePlace(target, birth);
    notesOf(target).tags.push({ role, options } as unknown as Tag);
  };
}

/** Makes a method decorator that leaves a note for a role; the role finds it when it attaches. */
export function note<Data>(role: Role<never>, data: Data): MethodTag {
  return (prototype, method) => {
    // On a static method the class itself comes here.
    if (typeof prototype === 'function') return void notesOf(prototype).statics.push(method);
    const { members } = notesOf(prototype.constructor);
    members.set(role, [...(members.get(role) ?? []), { method, data }]);
  };
}

/** Makes a parameter decorator that leaves a note on a parameter of a method, or of the constructor. */
export function noteParameter(data: unknown): ParameterTag {
  return (target, method, index) => {
    const { parameters } = notesOf(method === undefined ? target : target.constructor);
    const notes = parameters.get(method) ?? new Map<number, unknown[]>();
    notes.set(index, [...(notes.get(index) ?? []), data]);
    parameters.set(method, notes);
  };
}

/** The roles of a class by its decorators, a base class's first. */
export function tagsOf(target: Class): readonly Tag[] {
  return tagsIn(lineOf(target));
}

/** Every role that a class has, by a tag or by a note on a method. A note without a tag means the role's defaults. */
export function rolesOf(target: Class): readonly Tag[] {
  const line = lineOf(target);
  const tagged = new Map(tagsIn(line).map((tag) => [tag.role as Role<never>, tag]));
  for (const notes of line) {
    for (const role of notes.members.keys()) {
      if (!tagged.has(role)) tagged.set(role, { role: role as unknown as Role, options: {} });
    }
  }
  return [...tagged.values()];
}

/** The notes of a role on the methods of a class, a base class's first; an overridden method keeps its latest notes. */
export function membersOf<Data>(target: Class, role: Role<never>): readonly Member<Data>[] {
  const byMethod = new Map<string | symbol, Member[]>();
  for (const notes of lineOf(target)) {
    const here = group(notes.members.get(role) ?? []);
    for (const [method, members] of here) byMethod.set(method, members);
  }
  return [...byMethod.values()].flat() as Member<Data>[];
}

/** The methods of a class on which any role left a note. */
export function notedMethods(target: Class): ReadonlySet<string | symbol> {
  const members = lineOf(target).flatMap((notes) => [...notes.members.values()].flat());
  return new Set(members.map(({ method }) => method));
}

/** The static methods of a class that have a note. */
export function staticsOf(target: Class): readonly (string | symbol)[] {
  return [...new Set(lineOf(target).flatMap(({ statics }) => statics))];
}

/** The notes on the parameters of a method (undefined: of the constructor), by index. */
export function parameterNotes(
  target: Class,
  method: string | symbol | undefined,
): ReadonlyMap<number, readonly unknown[]> {
  for (const notes of lineOf(target).toReversed()) {
    const found = notes.parameters.get(method);
    if (found) return found;
  }
  return new Map();
}

/** The parameter types that the compiler emitted for a method (undefined: for the constructor), if it did. */
export function emittedTypes(target: Class, method?: string | symbol): readonly unknown[] | undefined {
  const reflect = Reflect as unknown as {
    getMetadata?(key: string, target: object, method?: string | symbol): unknown;
  };
  const found =
    method === undefined
      ? reflect.getMetadata?.('design:paramtypes', target)
      : reflect.getMetadata?.('design:paramtypes', target.prototype as object, method);
  return found as readonly unknown[] | undefined;
}

function notesOf(target: object): Notes {
  const notes = written.get(target) ?? { tags: [], members: new Map(), parameters: new Map(), statics: [] };
  written.set(target, notes);
  return notes;
}

/** The notes on a class and its bases, the furthest base first. */
function lineOf(target: Class): Notes[] {
  const line: Notes[] = [];
  for (let at: object | null = target; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const notes = written.get(at);
    if (notes) line.unshift(notes);
  }
  return line;
}

function tagsIn(line: readonly Notes[]): readonly Tag[] {
  const [only, ...others] = line;
  return only && others.length === 0 ? only.tags : line.flatMap(({ tags }) => tags);
}

function group(members: readonly Member[]): Map<string | symbol, Member[]> {
  const groups = new Map<string | symbol, Member[]>();
  for (const member of members) groups.set(member.method, [...(groups.get(member.method) ?? []), member]);
  return groups;
}
