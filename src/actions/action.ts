// @Action: one method, described once, callable over HTTP and over sockets.
import { InvalidRoleError } from '../app/errors.js';
import type { Role } from '../app/role.js';
import { type MethodTag, membersOf, note, tagsOf } from '../app/tags.js';
import { NoSessionError } from '../http/errors.js';
import { guardClassesOf, guardsOf, resolveGuards } from '../http/guard.js';
import { reasonOf } from '../http/likes.js';
import type { HttpOptions } from '../http/options.js';
import { HttpServer } from '../http/server.js';
import { Clock } from '../kernel/clock.js';
import { Events } from '../kernel/events.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import type { Class } from '../kernel/token.js';
import { type Argument, planArguments } from '../sockets/arguments.js';
import { SocketServer } from '../sockets/server.js';
import { type InputType, RULE_GROUPS, type RuleGroups } from '../validation/gate.js';
import { type DeferOptions, planDefer } from './defer.js';
import { DuplicateActionError } from './errors.js';
import { openHttpDoor } from './over-http.js';
import { openSocketDoor } from './over-sockets.js';
import { type ActionPlan, RunningAction } from './running-action.js';
import { ActionTable } from './table.js';

export { ActionTable } from './table.js';

/** How one action is called; with the groups of rules that its payload is asked. */
export interface ActionOptions extends RuleGroups {
  /** Milliseconds until the caller gets a 504 and the method's signal is aborted. @default as long as it takes */
  readonly timeout?: number;
  /** It does no harm to run it again: no answer is kept for a client that sends its call again. @default false */
  readonly idempotent?: boolean;
  /** The caller gets 202 and the id of a job as soon as guards and validation have let it pass; the work is done in a queue in memory. @default false */
  readonly defer?: boolean | DeferOptions;
  /** The type of the payload. @default the emitted type of its parameter */
  readonly type?: InputType;
}

const KEYS = { timeout: true, idempotent: true, defer: true, type: true, ...RULE_GROUPS } satisfies Record<
  keyof ActionOptions,
  true
>;

const ALLOWED: readonly Argument[] = ['payload', 'session', 'signal', 'progress'];

/** What was worked out at boot, by class. */
const plans = new WeakMap<Class, readonly ActionPlan[]>();

const action: Role = {
  name: 'action',
  check: (target) => void plansOf(target),
  dependsOn: (target) => guardClassesOf(target),
  reason: reasonOf,
  attach(instance, _options, scope, parts) {
    const target = instance.constructor as Class;
    const table = parts.get(ActionTable);
    const sockets = parts.get(SocketServer);
    sockets.actions.table = table;
    table.open(
      (doors) => {
        openHttpDoor(table, parts.get(HttpServer), doors);
        openSocketDoor(table, sockets);
      },
      {
        guards: () => sockets.guards,
        announce: (session, event, data) => sockets.sender.emit(event, data, { session }),
      },
    );
    const environment = { clock: parts.get(Clock), events: parts.get(Events) };
    const running = plansOf(target).map((plan) => {
      const guards = resolveGuards(guardsOf(target, plan.method), parts);
      return new RunningAction(plan, { instance, service: parts.name, guards, environment });
    });
    for (const one of running) table.add(one, scope);
    // It takes no more calls from the moment it begins to stop, not only when onStop has come to its end.
    const unlisten = environment.events.on('stopping', ({ service }) => service === parts.name && void stop());
    const stop = () => {
      const busy = running.flatMap((one) => one.stop() ?? []);
      return busy.length > 0 ? Promise.all(busy) : undefined;
    };
    const close = () => {
      unlisten();
      return stop();
    };
    scope.hold({ kind: 'listener', label: `actions of ${parts.name}`, release: close, quiesce: close, drain: close });
  },
};

const anyAction = action as unknown as Role<never>;

/**
 * Makes a method callable as `POST /actions/<controller>.<method>` and as the socket event `action` `(name, payload, ack)`.
 * The payload is its first parameter; `@Session()` and `@Signal()` give it who is calling, and an `AbortSignal` for
 * "nobody waits any more, or the application is stopping"; `@Progress()` lets it say how far it is. What it returns, or throws, is an `Outcome` for the caller.
 *
 * @example
 * @Controller()
 * class TodoController {
 *   constructor(private readonly todos: Todos) {}
 *   @Action({ timeout: 5_000 }) add(todo: NewTodo) { return this.todos.add(todo); } // todo.add
 * }
 */
export function Action(options: ActionOptions = {}): MethodTag {
  return note<ActionOptions>(anyAction, options);
}

/**
 * What is wrong with the actions of all classes together.
 *
 * @param http - given, `@Session()` is checked against it as well
 */
export function checkActions(targets: readonly Class[], http?: HttpOptions): Error[] {
  const all = targets.flatMap((target) => plans.get(target) ?? []);
  const strangers = http && !http.session ? all.filter(({ parameters }) => parameters.includes('session')) : [];
  return [...duplicates(all), ...strangers.map(({ where }) => new NoSessionError(where))];
}

function duplicates(all: readonly ActionPlan[]): Error[] {
  const first = new Map<string, ActionPlan>();
  return all.flatMap((plan) => {
    const earlier = first.get(plan.name);
    if (!earlier) first.set(plan.name, plan);
    return earlier ? [new DuplicateActionError(plan.name, [earlier.where, plan.where])] : [];
  });
}

/** @throws what is wrong with the actions of one class; an AggregateError when it is several things */
function plansOf(target: Class): readonly ActionPlan[] {
  const known = plans.get(target);
  if (known) return known;
  const faults: Error[] = [];
  const made = membersOf<ActionOptions>(target, anyAction).flatMap(({ method, data }) => {
    try {
      return [planOf(target, method, data)];
    } catch (fault) {
      faults.push(fault as Error);
      return [];
    }
  });
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1) throw new AggregateError(faults, `The actions of ${target.name} have ${faults.length} faults`);
  plans.set(target, made);
  return made;
}

function planOf(target: Class, method: string | symbol, options: ActionOptions): ActionPlan {
  const { timeout, idempotent = false } = options;
  checkOptionKeys(`@Action of ${target.name}.${String(method)}`, options, Object.keys(KEYS));
  const plan = planArguments(target, method, { ...options, decorator: '@Action', allowed: ALLOWED });
  if (typeof method === 'symbol')
    throw new InvalidRoleError(plan.where, 'is an action without a name', 'Give the method a name that is a text.');
  if (timeout !== undefined && !(Number.isFinite(timeout) && timeout > 0)) {
    throw new InvalidRoleError(plan.where, 'has a timeout that is no duration', 'Give it milliseconds, more than 0.');
  }
  const deferral = planDefer(`@Action of ${plan.where}`, options);
  return { ...plan, target, timeout, idempotent, deferral, name: `${prefixOf(target)}.${method}` };
}

/** The given name of a class, or its own without `Controller` and with a small first letter. */
function prefixOf(target: Class): string {
  const given = tagsOf(target).find(({ options }) => options.name !== undefined)?.options.name;
  if (given !== undefined) return given;
  const short = target.name.replace(/Controller$/, '') || target.name;
  return short.charAt(0).toLowerCase() + short.slice(1);
}
