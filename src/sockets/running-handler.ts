// RunningHandler: what one handler has on the sockets door while it runs.
import type { Socket } from 'socket.io';
import type { Parts } from '../app/role.js';
import { type GuardFunction, guardsOf, passGuards, resolveGuards } from '../http/guard.js';
import { Events } from '../kernel/events.js';
import type { Scope } from '../kernel/scope.js';
import type { Class } from '../kernel/token.js';
import type { Argument, ArgumentPlan } from './arguments.js';
import { guardCall, type SocketCall } from './call.js';
import { checkedListener } from './checked-listener.js';
import { type HandlerNote, type HandlerPlan, isParting } from './handler-plan.js';
import { DEFAULT_PRIORITY } from './ingress.js';
import { SocketServer } from './server.js';
import type { Listening, SocketListener, Subscription } from './subscriptions.js';

/** Whether a handler has been told of a socket, or its guards have not let it: also in an earlier run. */
const met = new WeakMap<object, WeakMap<Socket, boolean>>();

/** The listeners and rules of one handler, until it stops. */
export class RunningHandler {
  readonly #instance: object;
  readonly #target: Class;
  readonly #namespace: string;
  readonly #parts: Parts;
  readonly #server: SocketServer;
  readonly #park: (() => void)[] = [];
  readonly #subscriptions: Subscription[] = [];
  readonly #met: WeakMap<Socket, boolean>;

  constructor(instance: object, namespace: string, parts: Parts) {
    this.#instance = instance;
    this.#met = met.get(instance) ?? new WeakMap();
    met.set(instance, this.#met);
    this.#target = instance.constructor as Class;
    this.#namespace = namespace;
    this.#parts = parts;
    this.#server = parts.get(SocketServer);
  }

  open(all: readonly HandlerPlan[], scope: Scope): void {
    const { name } = this.#parts;
    this.#guardNamespace();
    this.#server.openNamespace(this.#namespace);
    for (const plan of all) this.#add(plan);
    // It takes no more events from the moment it begins to stop, not only when onStop has come to its end.
    const unlisten = this.#parts.get(Events).on('stopping', ({ service }) => service === name && this.#close());
    const close = () => {
      unlisten();
      return this.#close();
    };
    scope.hold({ kind: 'listener', label: `socket events of ${name}`, release: close, quiesce: close, drain: close });
  }

  /** @returns resolves when the calls under way have ended */
  #close(): Promise<unknown> | undefined {
    for (const park of this.#park.splice(0)) park();
    const busy = this.#subscriptions.flatMap((subscription) => subscription.settled() ?? []);
    return busy.length > 0 ? Promise.all(busy) : undefined;
  }

  /** A namespace of its own belongs to its handlers; the one that everybody shares lets in whom the application lets in. */
  #guardNamespace(): void {
    if (this.#namespace === '/') return;
    const guards = resolveGuards(guardsOf(this.#target), this.#parts);
    if (guards.length > 0) this.#park.push(this.#server.admission.guard(this.#namespace, this.#parts.name, guards));
  }

  #add({ note, own, call }: HandlerPlan): void {
    const { ingress, topics } = this.#server;
    const priority = (note.kind === 'event' ? note.options.priority : undefined) ?? DEFAULT_PRIORITY;
    const fn = this.#listener(note, call);
    const listening: Listening = {
      event: note.name,
      namespace: this.#namespace,
      fn,
      priority,
      owner: this.#parts.name,
      own,
      guarded: true,
    };
    const subscription = note.kind === 'event' ? ingress.add(listening) : topics.allow(listening);
    this.#subscriptions.push(subscription);
    this.#park.push(() => (note.kind === 'event' ? ingress.park(subscription) : topics.park(subscription)));
  }

  #listener(note: HandlerNote, plan: ArgumentPlan): SocketListener {
    const run = runner(this.#instance, plan);
    if (isParting(note)) return this.#parting(run);
    const guards = resolveGuards(guardsOf(this.#target, plan.method), this.#parts);
    const meet = note.kind === 'event' && note.name === 'connection' ? this.#meeting(run) : run;
    if (guards.length === 0) return meet;
    return async (payload, call) => {
      await this.#pass(guards, { note, method: plan.method, payload, call });
      // Whoever has heard that the socket has gone hears nothing more of it.
      call.signal.throwIfAborted();
      return meet(payload, call);
    };
  }

  #meeting(run: SocketListener): SocketListener {
    return (payload, call) => {
      this.#met.set(call.socket, true);
      return run(payload, call);
    };
  }

  /** Who was not let in does not leave. */
  #parting(run: SocketListener): SocketListener {
    return (payload, call) => (this.#met.get(call.socket) === false ? undefined : run(payload, call));
  }

  #pass(guards: readonly GuardFunction[], { note, method, payload, call }: Asking): Promise<void> {
    const at = { controller: this.#target, method, payload };
    if (note.kind === 'topic') return passGuards(guards, guardCall('topic', call, { ...at, topic: payload as string }));
    if (note.name !== 'connection') return passGuards(guards, guardCall('event', call, { ...at, event: note.name }));
    this.#met.set(call.socket, this.#met.get(call.socket) ?? false);
    return passGuards(guards, guardCall('connection', call, { ...at, payload: undefined }));
  }
}

interface Asking {
  readonly note: HandlerNote;
  readonly method: string | symbol;
  readonly payload: unknown;
  readonly call: SocketCall;
}

/** Checks the payload and calls the method. */
function runner(instance: object, { gate, method, parameters }: ArgumentPlan): SocketListener {
  const methods = instance as Record<string | symbol, (...args: unknown[]) => unknown>;
  const run = (payload: unknown, call: SocketCall) =>
    methods[method]?.(...parameters.map((argument) => pick(argument, payload, call)));
  return gate ? checkedListener(run, gate) : run;
}

function pick(argument: Argument, payload: unknown, call: SocketCall): unknown {
  if (argument === 'payload') return payload;
  return call[argument as Exclude<Argument, 'payload' | 'progress'>];
}
