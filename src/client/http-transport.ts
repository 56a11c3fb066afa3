// A call over fetch.
import { systemClock } from '../kernel/clock.js';
import { Outcome } from '../kernel/outcome.js';
import { isProblem } from '../kernel/problem.js';
import { outcomeOf } from './answer.js';
import type { ClientOptions, Sending } from './client.js';
import { UnreachableError } from './errors.js';

/** As much of `fetch` as a client needs. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string | undefined; signal: AbortSignal },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

/** Milliseconds before a call is sent again; each time twice as long, and up to as much longer, so that not all come at once. */
const PAUSE = 200;

/** Posts the payload and reads the outcome. @throws SPECTER_UNREACHABLE */
export async function overHttp(
  url: string,
  sending: Sending,
  options: ClientOptions & { readonly retries: number },
): Promise<Outcome<unknown>> {
  for (let tries = 0; ; tries++) {
    try {
      return await post(url, sending, options);
    } catch (cause) {
      const { name, signal } = sending;
      if (tries >= options.retries || signal.aborted) throw new UnreachableError(name, url, cause);
      await systemClock.sleep(PAUSE * 2 ** tries * (1 + Math.random()), { signal });
    }
  }
}

async function post(url: string, { id, name, payload, signal }: Sending, options: ClientOptions) {
  const { fetch: send = globalThis.fetch as FetchLike, headers = {} } = options;
  const response = await send(`${url.replace(/\/+$/, '')}/actions/${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': id, ...headers },
    body: payload === undefined ? undefined : JSON.stringify(payload),
    signal,
  });
  return readOutcome(await response.text());
}

/** A problem that is no outcome came from before the action: a proxy, a limit, a server that is stopping. */
function readOutcome(text: string): Outcome<unknown> {
  const answer: unknown = JSON.parse(text);
  const outcome = outcomeOf(answer) ?? (isProblem(answer) ? Outcome.failure(answer) : undefined);
  if (!outcome) throw new Error('its answer is not an outcome');
  return outcome;
}
