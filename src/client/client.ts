// createClient: a typed call of a server's actions, over HTTP or over a given socket.
import { type Release, systemClock } from '../kernel/clock.js';
import { WaitTimeoutError } from '../kernel/errors.js';
import type { Outcome } from '../kernel/outcome.js';
import type { ActionIn, AnyActions, PayloadOf, ResultOf } from './actions.js';
import { type FetchLike, overHttp } from './http-transport.js';
import { type ClientSocket, onRefetch, overSocket } from './socket-transport.js';

export interface ClientOptions {
  /** Sent with each call over HTTP. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Used in place of the global `fetch`. */
  readonly fetch?: FetchLike;
  /** Call over this socket of socket.io-client instead of HTTP. */
  readonly socket?: ClientSocket;
  /** Milliseconds until a call is given up. @default 10,000 */
  readonly timeout?: number;
  /** How often a call whose connection fails is sent again; the server knows it, and runs it once. Over a socket: 0 is never. @default 2 */
  readonly retries?: number;
}

export interface CallOptions {
  /** Gives the call up; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds for this call. */
  readonly timeout?: number;
}

/** The rest of a call's parameters: an action without a payload needs none. */
type CallParameters<M> =
  undefined extends PayloadOf<M>
    ? [payload?: PayloadOf<M>, options?: CallOptions]
    : [payload: PayloadOf<M>, options?: CallOptions];

/** A name that is one: not as a bound of `Name`, by which the compiler would look at all actions at each call. */
type Known<Actions, Name> = Name extends keyof Actions ? Name : keyof Actions & string;

/** Calls the actions of one server. */
export interface Client<Actions> {
  /**
   * Calls an action. Never rejects for what the server answered: a refusal is an outcome. When the connection fails it is sent
   * again, over HTTP after a moment, over a socket when that has reconnected; the action runs once.
   *
   * @throws SPECTER_UNREACHABLE when nobody answered, SPECTER_WAIT_TIMEOUT, or the signal's reason
   */
  call<Name extends string>(
    name: Known<Actions, Name>,
    ...rest: CallParameters<ActionIn<Actions, Name>>
  ): Promise<Outcome<ResultOf<ActionIn<Actions, Name>>>>;
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

const DEFAULT_TIMEOUT = 10_000;
const DEFAULT_RETRIES = 2;

/**
 * Makes a client. No generated code: the types come from the controllers.
 *
 * @param url - where the server listens
 * @example
 * const client = createClient<ActionsOf<{ todo: typeof TodoController }>>('http://127.0.0.1:3000');
 * const added = await client.call('todo.add', { text: 'milk' });
 * if (added.ok) console.log(added.value.id);
 */
export function createClient<Actions extends object = AnyActions>(
  url: string,
  options: ClientOptions = {},
): Client<Actions> {
  const { socket, retries = DEFAULT_RETRIES } = options;
  const send = socket
    ? (sending: Sending) => overSocket(socket, sending, retries)
    : (sending: Sending) => overHttp(url, sending, { ...options, retries });
  return {
    call: (name: string, payload?: unknown, call: CallOptions = {}) =>
      within({ name, ms: call.timeout ?? options.timeout ?? DEFAULT_TIMEOUT, signal: call.signal }, (signal) =>
        send({ id: newId(), name, payload, signal }),
      ),
    onRefetch: (name: string, fn: () => void) => onRefetch(socket, name, fn),
  } as Client<Actions>;
}

/** 128 random bits. `randomUUID` is missing in pages that come over plain HTTP, as from a device at home. */
function newId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Gives a call up when its time is over or its caller does. */
async function within(
  { name, ms, signal }: { name: string; ms: number; signal: AbortSignal | undefined },
  send: (signal: AbortSignal) => Promise<Outcome<unknown>>,
): Promise<Outcome<unknown>> {
  signal?.throwIfAborted();
  const abort = new AbortController();
  const cancel = () => abort.abort(signal?.reason);
  const release = systemClock.setTimeout(
    () => abort.abort(new WaitTimeoutError('client.call()', `an answer of ${name}`, ms)),
    ms,
  );
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await send(abort.signal);
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    release();
    signal?.removeEventListener('abort', cancel);
  }
}
