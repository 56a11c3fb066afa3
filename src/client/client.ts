// createClient: a typed call of a server's actions, over HTTP or over a given socket.
import type { Release } from '../kernel/clock.js';
import type { Outcome } from '../kernel/outcome.js';
import type { ActionIn, AnyActions, PayloadOf, ResultOf } from './actions.js';
import { checkServer } from './check-server.js';
import { type FetchLike, httpDoor } from './http-transport.js';
import { type ActionJob, awaited, handed, hear, jobIn, jobOf, type ProgressListener } from './job.js';
import { checkKeys } from './option-keys.js';
import { type ClientSocket, onRefetch, socketDoor } from './socket-transport.js';
import { within } from './within.js';

export interface ClientOptions {
  /** Sent with each call over HTTP. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Used in place of the global `fetch`. */
  readonly fetch?: FetchLike;
  /** Call over this socket of socket.io-client instead of HTTP. */
  readonly socket?: ClientSocket;
  /** Milliseconds until a call is given up. @default 10,000 */
  readonly timeout?: number;
  /** How often a call whose connection fails is sent again; the server knows it, and runs it once. @default as often as its time allows */
  readonly retries?: number;
}

export interface CallOptions {
  /** Gives the call up; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds for this call; when the action is deferred, for its work as well. @default the client's, and for deferred work as long as it takes */
  readonly timeout?: number;
  /** Hears how far the action is: over a socket, and over HTTP when it is deferred. */
  readonly onProgress?: ProgressListener;
}

/** The rest of a call's parameters: an action without a payload needs none. */
type CallParameters<M> =
  undefined extends PayloadOf<M>
    ? [payload?: PayloadOf<M>, options?: CallOptions]
    : [payload: PayloadOf<M>, options?: CallOptions];

type DeferParameters<M> =
  undefined extends PayloadOf<M>
    ? [payload?: PayloadOf<M>, options?: DeferCallOptions]
    : [payload: PayloadOf<M>, options?: DeferCallOptions];

/** Options until a job has been handed over. */
export type DeferCallOptions = Omit<CallOptions, 'onProgress'>;

/** A name that is one: not as a bound of `Name`, by which the compiler would look at all actions at each call. */
type Known<Actions, Name> = Name extends keyof Actions ? Name : keyof Actions & string;

/** Calls the actions of one server. */
export interface Client<Actions> {
  /**
   * Calls an action. Never rejects for what the server answered: a refusal is an outcome. When the connection fails it is sent
   * again until its time is over, over HTTP after a moment, over a socket when that has reconnected; the action runs once. Of a deferred action the result
   * is waited for; its job is called off when the call is given up.
   *
   * @throws SPECTER_UNREACHABLE when nobody answered, SPECTER_WAIT_TIMEOUT, or the signal's reason
   */
  call<Name extends string>(
    name: Known<Actions, Name>,
    ...rest: CallParameters<ActionIn<Actions, Name>>
  ): Promise<Outcome<ResultOf<ActionIn<Actions, Name>>>>;
  /**
   * Calls an action that is deferred, and does not wait for its work. What the server refuses is an outcome.
   *
   * @throws as `call` does, and SPECTER_NOT_DEFERRED when the action has given its result at once
   * @example
   * const client = createClient('http://127.0.0.1:3000');
   * const job = (await client.defer('film.convert', { id: 7 })).unwrap();
   * job.onProgress(({ percent }) => console.log(percent));
   * const outcome = await job.done();
   */
  defer<Name extends string>(
    name: Known<Actions, Name>,
    ...rest: DeferParameters<ActionIn<Actions, Name>>
  ): Promise<Outcome<ActionJob<ResultOf<ActionIn<Actions, Name>>>>>;
  /** Calls `fn` when the server says that an action's answer has changed. Needs a socket. */
  onRefetch(name: keyof Actions & string, fn: () => void): Release;
}

/** One call under way. */
export interface Sending {
  /** By which the server knows it when it comes again. */
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  readonly signal: AbortSignal;
}

/** A way to one server. */
export interface Door {
  /** Milliseconds until a job is asked for again, at first. */
  readonly pause: number;
  call(sending: Sending): Promise<Outcome<unknown>>;
  /** Asks for a job, or calls it off. */
  job(id: string, cancels: boolean, signal: AbortSignal): Promise<Outcome<unknown>>;
  /** Hears what the server says by itself; over HTTP it says nothing. */
  on(event: string, listener: (told: unknown) => void): Release;
}

const DEFAULT_TIMEOUT = 10_000;

const OPTIONS = ['headers', 'fetch', 'socket', 'timeout', 'retries'] satisfies (keyof ClientOptions)[];
const DEFER_OPTIONS = ['signal', 'timeout'] satisfies (keyof DeferCallOptions)[];
const CALL_OPTIONS = [...DEFER_OPTIONS, 'onProgress'] satisfies (keyof CallOptions)[];

/** The parameters of a call, whatever their types. */
type Given = [name: string, payload?: unknown, options?: CallOptions];

/** Goes on with the first answer. */
type Then = (first: Outcome<unknown>, awaiting: Pick<CallOptions, 'onProgress'> & Sending) => unknown;

/**
 * Makes a client. No generated code: the types come from the controllers.
 *
 * @param url - where the server listens; in a page it may be relative, as `/api`. Not used with a socket
 * @throws SPECTER_INVALID_ARGUMENT for what can be no server
 * @example
 * const client = createClient<ActionsOf<{ todo: typeof TodoController }>>('http://127.0.0.1:3000');
 * const added = await client.call('todo.add', { text: 'milk' });
 * if (added.ok) console.log(added.value.id);
 */
export function createClient<Actions extends object = AnyActions>(
  url: string,
  options: ClientOptions = {},
): Client<Actions> {
  checkKeys('createClient()', options, OPTIONS);
  checkServer(url, options);
  const { socket, retries = Number.POSITIVE_INFINITY, timeout: usual = DEFAULT_TIMEOUT } = options;
  const door = socket ? socketDoor(socket, retries) : httpDoor(url, { ...options, retries });
  const start = async ([name, payload, call = {}]: Given, known: readonly string[], then: Then) => {
    checkKeys(`The call of ${name}`, call, known);
    const { timeout, signal, onProgress } = call;
    const id = newId();
    const release = onProgress ? hear(door, { id }, onProgress) : undefined;
    return within({ name, ms: timeout ?? usual, signal }, async (signal, relax) => {
      const sending = { id, name, payload, signal };
      const first = await door.call(sending);
      if (timeout === undefined) relax();
      return then(first, { ...sending, onProgress });
    }).finally(release);
  };
  return {
    call: (...given: Given) =>
      start(given, CALL_OPTIONS, (first, awaiting) => {
        const id = jobIn(first);
        return id ? awaited(jobOf(door, id, { name: awaiting.name, ms: usual }), awaiting) : first;
      }),
    defer: (...given: Given) =>
      start(given, DEFER_OPTIONS, (first, { name }) => handed(door, first, { name, ms: usual })),
    onRefetch: (name: string, fn: () => void) => onRefetch(socket, name, fn),
  } as Client<Actions>;
}

/** 128 random bits. `randomUUID` is missing in pages that come over plain HTTP, as from a device at home. */
function newId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
