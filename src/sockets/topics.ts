// Topics: clients join and leave them by name, where the rules of the handlers let them.
import { type GuardFunction, passGuards } from '../http/guard.js';
import { ValidationError } from '../validation/errors.js';
import { guardCall, type SocketCall } from './call.js';
import { AwayError, TooManyTopicsError, TopicRefusedError } from './errors.js';
import { blame } from './failures.js';
import type { SocketIngress } from './ingress.js';
import { topicCount, topicRoom } from './rooms.js';
import { type Listening, Subscription } from './subscriptions.js';

/** What a client gets for joining or leaving. */
export interface TopicAnswer {
  readonly ok: true;
}

const LONGEST_TOPIC = 256;

/** Who may join what: every rule whose pattern matches must say yes, and without a rule nobody may. */
export class Topics {
  /** The application's guards, asked before the rules. */
  guards: readonly GuardFunction[] = [];
  readonly #ingress: SocketIngress;
  readonly #most: number;
  readonly #rules = new Set<Subscription>();

  /** @param most - how many topics one socket can be in */
  constructor(ingress: SocketIngress, most: number) {
    this.#ingress = ingress;
    this.#most = most;
  }

  /** Answers `topic:join` and `topic:leave` in a namespace. */
  serve(namespace: string): void {
    const common = { namespace, priority: 100, owner: 'sockets', guarded: false };
    this.#ingress.add({ ...common, event: 'topic:join', fn: (topic, call) => this.#join(topic, call) });
    this.#ingress.add({ ...common, event: 'topic:leave', fn: (topic, call) => this.#leave(topic, call) });
  }

  /** Adds a rule; its `event` is the pattern, in which `*` stands for one character or more. */
  allow(listening: Listening): Subscription {
    for (const rule of this.#rules) if (!rule.active && sameRule(rule.listening, listening)) this.#rules.delete(rule);
    const rule = new Subscription(listening);
    this.#rules.add(rule);
    return rule;
  }

  /** Takes a rule away while its owner is stopped: until it is back, nobody joins what it decides about. */
  park(rule: Subscription): void {
    rule.active = false;
  }

  async #join(payload: unknown, call: SocketCall): Promise<TopicAnswer> {
    if (this.#ingress.leaving.aborted) throw new AwayError();
    const topic = topicName(payload);
    const rules = [...this.#rules].filter(({ listening }) => decides(listening, call.namespace, topic));
    if (rules.length === 0) throw new TopicRefusedError(topic);
    await passGuards(this.guards, guardCall('topic', call, { topic, payload }));
    for (const rule of rules) await ask(rule, topic, call);
    const room = topicRoom(topic);
    if (!call.socket.rooms.has(room) && topicCount(call.socket) >= this.#most) throw new TooManyTopicsError(this.#most);
    await call.socket.join(room);
    return { ok: true };
  }

  async #leave(payload: unknown, { socket }: SocketCall): Promise<TopicAnswer> {
    await socket.leave(topicRoom(topicName(payload)));
    return { ok: true };
  }
}

/** Whether a topic fits a pattern: its fixed parts in order, each `*` filled with at least one character. */
export function matchesTopic(pattern: string, topic: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return topic === pattern;
  if (!topic.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = topic.indexOf(part, at + 1);
    if (found < 0) return false;
    at = found + part.length;
  }
  return topic.length - last.length > at && topic.endsWith(last);
}

async function ask(rule: Subscription, topic: string, call: SocketCall): Promise<void> {
  if (!rule.active) throw new AwayError();
  try {
    if ((await rule.call(topic, call)) !== true) throw new TopicRefusedError(topic, rule.listening.owner);
  } catch (thrown) {
    throw blame(thrown, rule.listening.owner);
  }
}

function decides(rule: Listening, namespace: string, topic: string): boolean {
  return rule.namespace === namespace && matchesTopic(rule.event, topic);
}

function sameRule(a: Listening, b: Listening): boolean {
  return a.event === b.event && a.namespace === b.namespace && a.owner === b.owner;
}

function topicName(payload: unknown): string {
  if (typeof payload === 'string' && payload.length > 0 && payload.length <= LONGEST_TOPIC) return payload;
  const message = `must be a text of 1 to ${LONGEST_TOPIC} characters`;
  throw new ValidationError([{ in: 'payload', path: '', rule: 'isTopic', message }]);
}
