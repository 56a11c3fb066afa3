// A call over fetch.
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

/** Posts the payload and reads the outcome. @throws SPECTER_UNREACHABLE */
export async function overHttp(
  url: string,
  { name, payload, signal }: Sending,
  options: ClientOptions,
): Promise<Outcome<unknown>> {
  const { fetch: send = globalThis.fetch as FetchLike, headers = {} } = options;
  const address = `${url.replace(/\/+$/, '')}/actions/${encodeURIComponent(name)}`;
  const body = payload === undefined ? undefined : JSON.stringify(payload);
  try {
    const response = await send(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal,
    });
    return readOutcome(await response.text());
  } catch (cause) {
    throw new UnreachableError(name, url, cause);
  }
}

/** A problem that is no outcome came from before the action: a proxy, a limit, a server that is stopping. */
function readOutcome(text: string): Outcome<unknown> {
  const answer: unknown = JSON.parse(text);
  const outcome = outcomeOf(answer) ?? (isProblem(answer) ? Outcome.failure(answer) : undefined);
  if (!outcome) throw new Error('its answer is not an outcome');
  return outcome;
}
