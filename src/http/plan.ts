// RoutePlan: what the decorators of a controller come to, worked out once at boot.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { messageOf } from '../kernel/errors.js';
import { type Class, tokenName } from '../kernel/token.js';
import { InvalidRouteError } from './errors.js';
import { handlerTimeoutOf } from './handler-timeout.js';
import { ClassNotes, type ClassOrMethodTag } from './notes.js';
import { type ParameterPlan, planParameters } from './parameters.js';

/** The verbs that a route can answer. */
export const VERBS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
export type Verb = (typeof VERBS)[number];

/** A verb and a path on a method; `ALL` is every verb that has no route of its own there. */
export interface RouteNote {
  readonly verb: Verb | 'ALL';
  readonly path: string;
}

/** One route of a controller. */
export interface RoutePlan extends RouteNote, ParameterPlan {
  /** `FilmController.show`, for errors. */
  readonly where: string;
  readonly target: Class;
  readonly method: string | symbol;
  /** Whether it stays out of `http.prefix`. */
  readonly unprefixed: boolean;
  readonly status: number | undefined;
  /** Milliseconds for its answer, or false, if it says so itself. */
  readonly timeout: number | false | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What stands on classes and methods. */
export const statusNotes = new ClassNotes<number>();
/** What stands on classes and methods. */
export const headerNotes = new ClassNotes<readonly [string, string]>();

/** The status of a method's response, instead of 200 or 204. An `Outcome` with a status of its own says otherwise. */
export function Status(status: number): ClassOrMethodTag {
  return statusNotes.tag([status]);
}

/** A header of a method's response, or of all responses of a controller. */
export function SetHeader(name: string, value: string): ClassOrMethodTag {
  return headerNotes.tag([[name, value]]);
}

/** Where a route of a controller stands. */
interface Standing {
  readonly method: string | symbol;
  readonly note: RouteNote;
  /** Of the controller. */
  readonly prefix: string;
  /** Of the version, as `/v1`. */
  readonly version: string;
  readonly unprefixed: boolean;
}

/** Makes the plan of one route. @param faults - takes everything that is wrong with it */
export function planRoute(target: Class, at: Standing, faults: Error[]): RoutePlan {
  const { method, note, unprefixed } = at;
  const where = `${tokenName(target)}.${String(method)}`;
  const path = joinPaths(at.version, at.prefix, note.path);
  const status = statusNotes.ofMethod(target, method).at(-1) ?? statusNotes.ofClass(target).at(-1);
  const set = [...headerNotes.ofClass(target), ...headerNotes.ofMethod(target, method)];
  const timeout = handlerTimeoutOf(target, method);
  faults.push(...pathFaults(path, where), ...statusFaults(status, where), ...headerFaults(set, where));
  faults.push(...timeoutFaults(timeout, where));
  const parameters = planParameters(target, { method, path }, faults);
  faults.push(...bodyFaults(note.verb, parameters.asksBody, where));
  return {
    verb: note.verb,
    path,
    where,
    target,
    method,
    unprefixed,
    status,
    timeout,
    headers: set,
    ...parameters,
  };
}

/** A prefix and a path as one path: one slash before each part, none at the end. */
export function joinPaths(...parts: readonly string[]): string {
  return `/${parts
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter(Boolean)
    .join('/')}`;
}

/** The whole path of a route, under the prefix of the application. */
export function fullPath({ path, unprefixed }: Pick<RoutePlan, 'path' | 'unprefixed'>, prefix = ''): string {
  return unprefixed ? path : joinPaths(prefix, path);
}

/** A path without the names of its parameters: two routes of one shape answer the same requests. */
export function shapesOf(path: string): readonly string[] {
  const shape = path.replace(/:[^/?*]+/g, ':');
  return shape.endsWith('?') ? [shape.slice(0, -1), shape.replace(/\/:\?$/, '') || '/'] : [shape];
}

const PATH = /^(?:\/(?::[A-Za-z_]\w*|[^\s:*?#()[\]{}\\/%]+))*(?:\/:[A-Za-z_]\w*\?|\/\*|\/)?$/;

function pathFaults(path: string, where: string): Error[] {
  if (PATH.test(path)) return twice(path, where);
  const cure =
    'A path has fixed parts, :name for one part, :name? or * at its end. Check what a part looks like with the type of its parameter.';
  return [new InvalidRouteError(where, `has the path "${path}", which is not one`, cure)];
}

function twice(path: string, where: string): Error[] {
  const names = path.split('/').flatMap((part) => (part.startsWith(':') ? part.replace(/\?$/, '') : []));
  const double = names.find((name, index) => names.indexOf(name) < index);
  if (double === undefined) return [];
  return [
    new InvalidRouteError(
      where,
      `has ${double} twice in its path "${path}", and one would hide the other`,
      'Give each a name of its own.',
    ),
  ];
}

/** A body on these means nothing to anybody between, and nearly no client sends one. */
function bodyFaults(verb: RouteNote['verb'], asksBody: boolean, where: string): Error[] {
  if (!asksBody || (verb !== 'GET' && verb !== 'HEAD')) return [];
  const cure = 'Take the input with @Query(), or make it a @Post().';
  return [new InvalidRouteError(where, `asks for @Body(), but a ${verb} request has none`, cure)];
}

function statusFaults(status: number | undefined, where: string): Error[] {
  if (status === undefined || (Number.isInteger(status) && status >= 200 && status <= 599)) return [];
  return [new InvalidRouteError(where, `has @Status(${status})`, 'Give it a whole number from 200 to 599.')];
}

function timeoutFaults(timeout: number | false | undefined, where: string): Error[] {
  if (timeout === undefined || timeout === false || (timeout >= 0 && Number.isFinite(timeout))) return [];
  const cure = 'Give it milliseconds, or false for no limit.';
  return [new InvalidRouteError(where, `has @HandlerTimeout(${timeout})`, cure)];
}

function headerFaults(set: RoutePlan['headers'], where: string): Error[] {
  return set.flatMap(([name, value]) => {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      return [];
    } catch (cause) {
      return [
        new InvalidRouteError(
          where,
          `has a @SetHeader that cannot be sent (${messageOf(cause)})`,
          'Correct its name or value.',
        ),
      ];
    }
  });
}
