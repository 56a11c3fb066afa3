// @Handler, @On and @Topic: classes whose methods hear what clients emit.
import type { Role, RoleOptions } from '../app/role.js';
import { type ClassTag, membersOf, note, tag } from '../app/tags.js';
import { guardClassesOf } from '../http/guard.js';
import { reasonOf } from '../http/likes.js';
import type { Class } from '../kernel/token.js';
import { type HandlerNote, type HandlerPlan, type OnOptions, planHandler } from './handler-plan.js';
import { RunningHandler } from './running-handler.js';
import type { AnyEvent, EventNamed, Hearing } from './socket-events.js';

export type { OnOptions } from './handler-plan.js';

/** What a handler can say of itself. */
export interface HandlerOptions extends RoleOptions {
  /** The namespace whose sockets it hears. @default '/' */
  readonly namespace?: string;
}

/** What was worked out at boot, by class. */
const plans = new WeakMap<Class, readonly HandlerPlan[]>();

const KEYS = { namespace: true } satisfies Record<Exclude<keyof HandlerOptions, keyof RoleOptions>, true>;

const handler: Role<HandlerOptions> = {
  name: 'handler',
  keys: Object.keys(KEYS),
  check: (target, options) => void plansOf(target, options),
  dependsOn: (target) => guardClassesOf(target),
  reason: reasonOf,
  attach(instance, options, scope, parts) {
    const running = new RunningHandler(instance, namespaceOf(options), parts);
    running.open(plansOf(instance.constructor as Class, options), scope);
  },
};

const anyHandler = handler as unknown as Role<never>;

/**
 * Tags a class whose `@On` methods hear the sockets of a namespace.
 *
 * @example
 * @Handler()
 * class ChatHandler {
 *   constructor(private readonly sockets: Sockets) {}
 *   @On('say') say(text: string, @Session() session: Session) {
 *     this.sockets.emit('said', { text, by: session.id });
 *     return { ok: true };
 *   }
 * }
 */
export function Handler(options: HandlerOptions = {}): ClassTag {
  return tag(handler, options);
}

/** A method decorator under which the method must fit the event, as far as `SocketEvents` says what it carries. */
export type OnTag<E> = <M extends (...parameters: never[]) => unknown>(
  prototype: object,
  method: string | symbol,
  descriptor?: TypedPropertyDescriptor<M> & Hearing<E, M>,
) => void;

/**
 * Hears an event that clients emit, on a method of any managed class. What it returns goes to the acknowledgement.
 * `connection`, `disconnect` and `error` tell what happens to a socket itself.
 */
export function On<E extends AnyEvent>(event: EventNamed<E>, options: OnOptions = {}): OnTag<E> {
  return note<HandlerNote>(anyHandler, { kind: 'event', name: event, options });
}

/** A method decorator under which the method must answer yes or no. */
export type TopicTag = <M extends (...parameters: never[]) => boolean | Promise<boolean>>(
  prototype: object,
  method: string | symbol,
  descriptor?: TypedPropertyDescriptor<M>,
) => void;

/**
 * Decides who may join the topics that fit a pattern, on a method of any managed class: `(topic, @Session() session) => boolean`.
 * Every rule that fits must say `true`; a topic that no rule fits cannot be joined.
 *
 * @param pattern - `*` stands for one character or more
 */
export function Topic(pattern: string): TopicTag {
  return note<HandlerNote>(anyHandler, { kind: 'topic', name: pattern });
}

function namespaceOf({ namespace = '/' }: HandlerOptions): string {
  return namespace;
}

/** @throws what is wrong with the class; an AggregateError when it is several things */
function plansOf(target: Class, options: HandlerOptions): readonly HandlerPlan[] {
  const known = plans.get(target);
  if (known) return known;
  const made = planHandler(target, namespaceOf(options), membersOf<HandlerNote>(target, anyHandler));
  plans.set(target, made);
  return made;
}
