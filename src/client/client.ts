// createClient: a typed call of a server's actions, over HTTP or over a given socket.
import { type Release, systemClock } from '../kernel/clock.js';
import { WaitTimeoutError } from '../kernel/errors.js';
import type { Outcome } from '../kernel/outcome.js';
import type { AnyActions, PayloadOf, ResultOf } from './actions.js';
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

/** Calls the actions of one server. */
export interface Client<Actions> {
  /**
   * Calls an action. Never rejects for what the server answered: a refusal is an outcome.
   *
   * @throws SPECTER_UNREACHABLE when nobody answered, SPECTER_WAIT_TIMEOUT, or the signal's reason
   */
  call<Name extends keyof Actions & string>(
    name: Name,
    ...rest: CallParameters<Actions[Name]>
  ): Promise<Outcome<ResultOf<Actions[Name]>>>;
  /** Calls `fn` when the server says that an action's answer has changed. Needs a socket. */
  onRefetch(name: keyof Actions & string, fn: () => void): Release;
}

/** One call under way. */
export interface Sending {
  readonly name: string;
  readonly payload: unknown;
  readonly signal: AbortSignal;
}

const DEFAULT_TIMEOUT = 10_000;

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
  const { socket } = options;
  const send = socket
    ? (sending: Sending) => overSocket(socket, sending)
    : (sending: Sending) => overHttp(url, sending, options);
  return {
    call: (name: string, payload?: unknown, call: CallOptions = {}) =>
      within({ name, ms: call.timeout ?? options.timeout ?? DEFAULT_TIMEOUT, signal: call.signal }, (signal) =>
        send({ name, payload, signal }),
      ),
    onRefetch: (name: string, fn: () => void) => onRefetch(socket, name, fn),
  } as Client<Actions>;
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
