// HandlerPlan: what the @On and @Topic notes of a class come to, worked out once at boot.
import { InvalidRoleError } from '../app/errors.js';
import type { Member } from '../app/tags.js';
import { guardNotes } from '../http/guard.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { type Class, tokenName } from '../kernel/token.js';
import { type InputType, RULE_GROUPS, type RuleGroups } from '../validation/gate.js';
import { type Argument, type ArgumentPlan, planArguments } from './arguments.js';
import { type Given, LIFECYCLE, TOPIC } from './given.js';
import { PARTING, RESERVED } from './names.js';
import { checkedOwn } from './own-limits.js';
import type { OwnLimits } from './subscriptions.js';

/** How one method hears an event; with the groups of rules that its payload is asked. */
export interface OnOptions extends RuleGroups, OwnLimits {
  /** Lower goes first, among all who handle the event; equal ones in order of arrival. @default 100 */
  readonly priority?: number;
  /** The type of the payload. @default the emitted type of its parameter */
  readonly type?: InputType;
}

const KEYS = { priority: true, type: true, rate: true, limits: true, timeout: true, ...RULE_GROUPS } satisfies Record<
  keyof OnOptions,
  true
>;

/** `@On` or `@Topic` on a method. */
export type HandlerNote =
  | { readonly kind: 'event'; readonly name: string; readonly options: OnOptions }
  | { readonly kind: 'topic'; readonly name: string };

/** One method that hears an event, or decides about topics. */
export interface HandlerPlan {
  readonly note: HandlerNote;
  readonly own: OwnLimits | undefined;
  readonly call: ArgumentPlan;
}

const ALLOWED: readonly Argument[] = ['payload', 'socket', 'session'];

/** @throws what is wrong with the class; an AggregateError when it is several things */
export function planHandler(
  target: Class,
  namespace: string,
  members: readonly Member<HandlerNote>[],
): readonly HandlerPlan[] {
  const faults: Error[] = [];
  const made: HandlerPlan[] = [];
  if (!namespace.startsWith('/')) faults.push(badNamespace(target));
  for (const { method, data } of members) {
    try {
      made.push(planOf(target, method, data));
    } catch (fault) {
      faults.push(fault as Error);
    }
  }
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1)
    throw new AggregateError(faults, `The socket events of ${target.name} have ${faults.length} faults`);
  return made;
}

function planOf(target: Class, method: string | symbol, note: HandlerNote): HandlerPlan {
  const where = `${tokenName(target)}.${String(method)}`;
  if (typeof note.name !== 'string' || note.name === '') {
    throw new InvalidRoleError(
      where,
      `has ${decoratorOf(note)} without a name`,
      "Name what it hears: @On('say'), @Topic('room:*').",
    );
  }
  const reserved = note.kind === 'event' && RESERVED.get(note.name);
  if (reserved) throw new InvalidRoleError(where, `hears "${note.name}", which socket.io keeps for itself`, reserved);
  if (isParting(note) && guardNotes.ofMethod(target, method).length > 0) {
    throw new InvalidRoleError(
      where,
      `has @Guard, but nobody asks for the event "${note.name}", so it does nothing`,
      "Put it on @On('connection'), or take it away.",
    );
  }
  const own = note.kind === 'event' ? checkedOwn(where, note.options) : undefined;
  const gives = givenBy(note);
  const options = note.kind === 'event' ? note.options : {};
  checkOptionKeys(`${decoratorOf(note)} of ${where}`, options, Object.keys(KEYS));
  return {
    note,
    own,
    call: planArguments(target, method, { ...options, decorator: decoratorOf(note), allowed: ALLOWED, gives }),
  };
}

/** Whether it hears what happens to a socket that is in: no guard stands before that. */
export function isParting({ kind, name }: HandlerNote): boolean {
  return kind === 'event' && PARTING.has(name);
}

/** A text that names a topic is checked before its rules are asked. */
function givenBy({ kind, name }: HandlerNote): Given | undefined {
  return kind === 'topic' ? TOPIC : LIFECYCLE.get(name);
}

function decoratorOf(note: HandlerNote): '@On' | '@Topic' {
  return note.kind === 'event' ? '@On' : '@Topic';
}

function badNamespace(target: Class): InvalidRoleError {
  return new InvalidRoleError(
    tokenName(target),
    'has a namespace that does not begin with a slash',
    "Write it as { namespace: '/chat' }.",
  );
}
