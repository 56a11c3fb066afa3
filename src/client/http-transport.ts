// A call over fetch.
import { systemClock } from '../kernel/clock.js';
import { Outcome } from '../kernel/outcome.js';
import { isProblem } from '../kernel/problem.js';
import { outcomeOf } from './answer.js';
import type { ClientOptions, Door } from './client.js';
import { UnreachableError } from './errors.js';

/** As much of `fetch` as a client needs. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string | undefined; signal: AbortSignal },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

/** Milliseconds before a call is sent again; each time twice as long, and up to as much longer, so that not all come at once. */
const PAUSE = 200;

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

/** Asks, and reads the outcome. @throws SPECTER_UNREACHABLE */
async function ask(url: string, options: HttpOptions, question: Question): Promise<Outcome<unknown>> {
  for (let tries = 0; ; tries++) {
    try {
      return await send(url, options, question);
    } catch (cause) {
      const { path, signal } = question;
      if (tries >= options.retries || signal.aborted) throw new UnreachableError(path, url, cause);
      await systemClock.sleep(PAUSE * 2 ** tries * (1 + Math.random()), { signal });
    }
  }
}

async function send(url: string, options: HttpOptions, { method, path, body, signal, ...more }: Question) {
  const { fetch = globalThis.fetch as FetchLike } = options;
  const headers = { ...more.headers, ...options.headers };
  const address = `${url.replace(/\/+$/, '')}/actions/${path}`;
  return readOutcome(await (await fetch(address, { method, headers, body, signal })).text());
}

/** A problem that is no outcome came from before the action: a proxy, a limit, a server that is stopping. */
function readOutcome(text: string): Outcome<unknown> {
  const answer: unknown = JSON.parse(text);
  const outcome = outcomeOf(answer) ?? (isProblem(answer) ? Outcome.failure(answer) : undefined);
  if (!outcome) throw new Error('its answer is not an outcome');
  return outcome;
}
