// A call over fetch.
import { systemClock } from '../kernel/clock.js';
import type { Outcome } from '../kernel/outcome.js';
import { outcomeOf } from './answer.js';
import type { ClientOptions, Door } from './client.js';
import { UnreachableError } from './errors.js';
import { AGAIN_FOR } from './within.js';

/** As much of `fetch` as a client needs. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string | undefined; signal: AbortSignal },
) => Promise<{
  readonly status: number;
  readonly headers?: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** Milliseconds before a call is sent again; each time twice as long, and up to as much longer, so that not all come at once. */
const PAUSE = 200;
const LONGEST_PAUSE = 5_000;

/** Milliseconds until a job is asked for again, at first. */
const LOOK = 100;

type HttpOptions = ClientOptions & { readonly retries: number };

interface Question {
  readonly method: string;
  /** Below `/actions/`. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** The way over HTTP. */
export function httpDoor(url: string, options: HttpOptions): Door {
  return {
    pause: LOOK,
    call: ({ id, name, payload, signal }) =>
      ask(url, options, {
        method: 'POST',
        path: encodeURIComponent(name),
        headers: { 'content-type': 'application/json', 'idempotency-key': id },
        body: payload === undefined ? undefined : JSON.stringify(payload),
        signal,
      }),
    job: (id, cancels, signal) => ask(url, options, { method: cancels ? 'DELETE' : 'GET', path: `jobs/${id}`, signal }),
    on: () => () => {},
  };
}

/** What is known of an answer that is none: a proxy gives one while the server is away, and says when to come back. */
interface Strange {
  readonly status: number;
  /** Milliseconds. */
  readonly retryIn: number;
}

/** Asks until there is an outcome; not again when that could not change anything. @throws SPECTER_UNREACHABLE */
async function ask(url: string, options: HttpOptions, question: Question): Promise<Outcome<unknown>> {
  const { path, signal } = question;
  signal.throwIfAborted();
  // Not every `fetch` that somebody gives listens to its signal.
  const givenUp = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  givenUp.catch(() => {});
  let lost: number | undefined;
  for (let tries = 0; ; tries++) {
    try {
      return await Promise.race([send(url, options, question), givenUp]);
    } catch (cause) {
      signal.throwIfAborted();
      const { status = 503, retryIn = 0 } = (cause ?? {}) as Partial<Strange>;
      const failure = new UnreachableError(path, url, cause);
      const now = systemClock.monotonic();
      lost ??= now;
      const mayPass = status > 499 || status === 429;
      if (!mayPass || !(tries < options.retries) || now - lost > AGAIN_FOR) throw failure;
      const pause = Math.min(PAUSE * 2 ** tries, LONGEST_PAUSE) * (1 + Math.random());
      await systemClock.sleep(Math.max(pause, retryIn), { signal }).catch(() => {
        throw failure;
      });
    }
  }
}

async function send(url: string, options: HttpOptions, { method, path, body, signal, ...more }: Question) {
  const { fetch = globalThis.fetch as FetchLike } = options;
  const headers = { ...more.headers, ...options.headers };
  const address = `${url.replace(/\/+$/, '')}/actions/${path}`;
  const response = await fetch(address, { method, headers, body, signal });
  const outcome = outcomeIn(await response.text());
  if (outcome) return outcome;
  const { status } = response;
  const retryIn = Number(response.headers?.get('retry-after')) * 1_000 || 0;
  throw Object.assign(new Error(`it answered ${status}, and no outcome`), { status, retryIn } satisfies Strange);
}

function outcomeIn(text: string): Outcome<unknown> | undefined {
  try {
    return outcomeOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}
