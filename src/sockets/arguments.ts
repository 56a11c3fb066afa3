// What the parameters of an event, topic or action method ask for: the payload, checked, and who is asking.
import type { Socket as IoSocket } from 'socket.io';
import { InvalidRoleError } from '../app/errors.js';
import { emittedTypes, noteParameter, type ParameterTag, parameterNotes } from '../app/tags.js';
import { Asked } from '../http/parameters.js';
import { type Class, tokenName } from '../kernel/token.js';
import { compileGate, type Gate, type InputType, type RuleGroups } from '../validation/gate.js';
import type { Given } from './given.js';

/** socket.io's server side of one connection. */
export type Socket = IoSocket;

class AskedSocket {}

/**
 * The socket that an event came from, on a parameter of an `@On` or `@Topic` method.
 *
 * @example
 * @On('typing') typing(@Socket() socket: Socket) { socket.broadcast.volatile.emit('typing'); }
 */
export function Socket(): ParameterTag {
  return noteParameter(new AskedSocket());
}

/** What one parameter can be. */
export type Argument = 'payload' | 'socket' | 'session' | 'signal' | 'progress';

/** How the arguments of one method are made. */
export interface ArgumentPlan {
  /** `ChatHandler.say`, for errors. */
  readonly where: string;
  readonly method: string | symbol;
  readonly parameters: readonly Argument[];
  /** Checks the payload; undefined when the method takes none, or when the payload is the framework's own. */
  readonly gate: Gate | undefined;
}

export interface PlanOptions extends RuleGroups {
  /** The decorator, for errors. */
  readonly decorator: '@On' | '@Topic' | '@Action';
  /** What its methods can ask for. */
  readonly allowed: readonly Argument[];
  /** The type of the payload. @default the emitted type of its parameter */
  readonly type?: InputType | undefined;
  /** What the framework itself gives in place of a payload: no client has a say in it. @default nothing, the payload is a client's */
  readonly gives?: Given | undefined;
}

/** @throws InvalidRoleError for a parameter that nothing fills, SPECTER_UNTYPED_INPUT for a payload without a run-time type */
export function planArguments(target: Class, method: string | symbol, options: PlanOptions): ArgumentPlan {
  const where = `${tokenName(target)}.${String(method)}`;
  const fn = (target.prototype as Record<string | symbol, unknown>)[method];
  if (typeof fn !== 'function')
    throw new InvalidRoleError(where, `has ${options.decorator} but is no method`, 'Put it on a method.');
  const notes = parameterNotes(target, method);
  const types = emittedTypes(target, method);
  const count = Math.max(fn.length, types?.length ?? 0, ...[...notes.keys()].map((index) => index + 1));
  const parameters = Array.from({ length: count }, (_, index) =>
    argumentOf(notes.get(index) ?? [], index, { where, ...options }),
  );
  // A parameter with a default value does not count in the length of a function: a given type says that it is there.
  if (options.type !== undefined && !parameters.includes('payload')) parameters.push('payload');
  const at = parameters.indexOf('payload');
  if (at !== parameters.lastIndexOf('payload')) throw twoPayloads(where, parameters.lastIndexOf('payload'));
  const type = options.type ?? (types?.[at] as InputType | undefined);
  if (at >= 0) options.gives?.check(`${where}, parameter ${at + 1}`, type);
  if (options.gives || at < 0) return { where, method, parameters, gate: undefined };
  return {
    where,
    method,
    parameters,
    gate: compileGate(type, {
      ...options,
      in: 'payload',
      where: `${where}, parameter ${at + 1}`,
      counted: true,
    }),
  };
}

function argumentOf(
  notes: readonly unknown[],
  index: number,
  { where, decorator, allowed }: PlanOptions & { where: string },
): Argument {
  const asked = notes.find((note) => note instanceof Asked || note instanceof AskedSocket);
  if (!asked) return 'payload';
  const argument = asked instanceof Asked ? asked.source : 'socket';
  if ((allowed as readonly string[]).includes(argument)) return argument as Argument;
  const name = asked instanceof Asked ? asked.decorator : '@Socket';
  const can = allowed.map((one) =>
    one === 'payload' ? 'the payload without a decorator' : `@${one[0]?.toUpperCase()}${one.slice(1)}()`,
  );
  throw new InvalidRoleError(
    `${where}, parameter ${index + 1}`,
    `has ${name}, which ${decorator} methods cannot have`,
    `They can take ${can.join(', ')}.`,
  );
}

function twoPayloads(where: string, index: number): InvalidRoleError {
  const cure = 'A client sends one payload: make one DTO of both. The acknowledgement is what the method returns.';
  return new InvalidRoleError(
    `${where}, parameter ${index + 1}`,
    'has no decorator, and the payload is taken by an earlier one',
    cure,
  );
}
