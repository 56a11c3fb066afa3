// pollUrl(): what a server has under one address, asked for only when it has changed.
import { type Clock, systemClock } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { type Unchanged, unchanged } from '../kernel/watch-source.js';
import { SourceError } from './errors.js';
import { readBody } from './response-body.js';
import { checkInterval, clockFor } from './source.js';

export interface PollUrlOptions<T> {
  /** Makes a value of the body. @default JSON.parse */
  readonly parse?: (body: string, response: Response) => T | Promise<T>;
  /** Sent with each request. Not sent on to another origin. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for one answer, its body included; always of real time. @default 10,000 */
  readonly timeout?: number;
  /** Bytes of a body, unpacked. @default 1,048,576 */
  readonly maxBytes?: number;
  /** How many redirects in a row are followed; never to another protocol. @default 3 */
  readonly maxRedirects?: number;
  /** Milliseconds that a server may ask for with Retry-After, at most. @default 3,600,000 */
  readonly maxRetryAfter?: number;
  /** @default that of the instance under construction, or the system's */
  readonly clock?: Clock;
}

type Filled<T> = Required<PollUrlOptions<T>>;

const KEYS: readonly (keyof PollUrlOptions<unknown>)[] = [
  'parse', 'headers', 'timeout', 'maxBytes', 'maxRedirects', 'maxRetryAfter', 'clock',
]; // biome-ignore format: a list

const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Asks a server for what it has under one address: for `@Poll()` on a field, or for `createWatcher({ poll })`. What it has already is not sent again
 * (ETag, Last-Modified), and an answer 304 is `unchanged`.
 *
 * @param url - http or https
 * @returns a poll that rejects with SPECTER_SOURCE for any answer but a good one; its `retryAfter` is what the server asked for
 * @throws SPECTER_INVALID_ARGUMENT for an address or options that cannot be used
 * @example
 * const poll = pollUrl<{ degrees: number }>('https://weather.example/now', { timeout: 5000 });
 * const weather = createWatcher('weather', { poll, interval: 60_000 });
 */
export function pollUrl<T = unknown>(
  url: string | URL,
  options: PollUrlOptions<T> = {},
): (signal: AbortSignal) => Promise<T | Unchanged> {
  const address = addressOf(url);
  const where = `pollUrl('${shown(address)}')`;
  checkOptionKeys(where, options, KEYS);
  const filled: Filled<T> = {
    parse: (body) => JSON.parse(body) as T,
    headers: {},
    timeout: 10_000,
    maxBytes: 1_048_576,
    maxRedirects: 3,
    maxRetryAfter: 3_600_000,
    ...options,
    clock: clockFor(options.clock),
  };
  checkInterval(`timeout of ${where}`, filled.timeout);
  const polled = new PolledUrl(address, filled);
  return (signal) => polled.ask(signal);
}

/** One address, and what is known of its last good answer. */
class PolledUrl<T> {
  readonly #url: URL;
  readonly #where: string;
  readonly #options: Filled<T>;
  #known: Readonly<Record<string, string>> = {};

  constructor(url: URL, options: Filled<T>) {
    this.#url = url;
    this.#where = shown(url);
    this.#options = options;
  }

  /** @throws SPECTER_SOURCE, or the reason of the signal */
  async ask(signal: AbortSignal): Promise<T | Unchanged> {
    signal.throwIfAborted();
    const { timeout } = this.#options;
    const own = new AbortController();
    const end = () => own.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    const late = () => own.abort(new SourceError(this.#where, `has not answered within ${timeout} ms.`));
    // A server does not live in virtual time: turning it must not end a request.
    const disarm = systemClock.setTimeout(late, timeout);
    try {
      return await this.#exchange(own.signal);
    } catch (thrown) {
      throw own.signal.aborted ? own.signal.reason : this.#failure(thrown);
    } finally {
      disarm();
      signal.removeEventListener('abort', end);
    }
  }

  async #exchange(signal: AbortSignal): Promise<T | Unchanged> {
    const response = await this.#fetch(signal);
    try {
      if (response.status === 304 && Object.keys(this.#known).length > 0) return unchanged;
      if (!response.ok) throw this.#refusal(response);
      const body = await readBody(response, this.#options.maxBytes);
      if (body === undefined)
        throw new SourceError(
          this.#where,
          `sent more than ${this.#options.maxBytes} bytes. Raise maxBytes if that is right.`,
        );
      const value = await this.#parse(body, response);
      // Nobody takes it any more: the next answer must not be that it is known.
      signal.throwIfAborted();
      this.#known = validatorsOf(response);
      return value;
    } finally {
      // A body that nobody reads would keep its connection.
      if (!response.bodyUsed) await response.body?.cancel().catch(() => {});
    }
  }

  async #fetch(signal: AbortSignal): Promise<Response> {
    const { headers, maxRedirects } = this.#options;
    let url = this.#url;
    for (let hops = 0; ; hops++) {
      const own = url.origin === this.#url.origin ? headers : {};
      const sent = { accept: 'application/json, */*;q=0.5', ...own, ...this.#known };
      const response = await fetch(url, { headers: sent, redirect: 'manual', signal });
      const location = response.headers.get('location');
      if (!REDIRECTS.includes(response.status) || location === null) return response;
      await response.body?.cancel();
      if (hops >= maxRedirects)
        throw new SourceError(this.#where, `redirects more than ${maxRedirects} times in a row.`);
      url = this.#redirected(url, location);
    }
  }

  #redirected(from: URL, location: string): URL {
    const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    if (to && to.protocol === from.protocol) return to;
    const where = to ? `to ${to.protocol.slice(0, 20)}` : 'to what is no address';
    throw new SourceError(this.#where, `redirects from ${from.protocol} ${where} Ask for the right address at once.`);
  }

  async #parse(body: string, response: Response): Promise<T> {
    try {
      return await this.#options.parse(body, response);
    } catch (cause) {
      // The message of a parser may quote what the server sent.
      throw new SourceError(this.#where, 'answered with what cannot be read; see `cause`.', { cause });
    }
  }

  #refusal({ status, headers }: Response): SourceError {
    const asked = this.#retryAfter(headers.get('retry-after'));
    const when = asked === undefined ? '' : `, and asks for ${asked} ms of patience`;
    return new SourceError(
      this.#where,
      `answered with ${status}${when}.`,
      asked === undefined ? {} : { retryAfter: asked },
    );
  }

  /** Seconds, or a date. */
  #retryAfter(said: string | null): number | undefined {
    if (said === null) return undefined;
    const { clock, maxRetryAfter } = this.#options;
    const ms = /^\d+$/.test(said) ? Number(said) * 1_000 : dateOf(said) - clock.now();
    return Number.isNaN(ms) ? undefined : Math.min(maxRetryAfter, Math.max(0, ms));
  }

  #failure(thrown: unknown): unknown {
    if (thrown instanceof SourceError) return thrown;
    const code = ((thrown as Error).cause as { code?: string } | undefined)?.code;
    return new SourceError(this.#where, `cannot be reached${code ? ` (${code})` : ''}.`, { cause: thrown });
  }
}

/** As HTTP writes dates; others are read differently from host to host. */
function dateOf(said: string): number {
  return said.endsWith(' GMT') ? Date.parse(said) : Number.NaN;
}

function validatorsOf({ headers }: Response): Readonly<Record<string, string>> {
  const etag = headers.get('etag');
  const modified = headers.get('last-modified');
  return { ...(etag ? { 'if-none-match': etag } : {}), ...(modified ? { 'if-modified-since': modified } : {}) };
}

function addressOf(url: string | URL): URL {
  const address = URL.canParse(String(url)) ? new URL(url) : undefined;
  if (address && /^https?:$/.test(address.protocol) && address.username === '' && address.password === '')
    return address;
  throw new InvalidArgumentError(
    'pollUrl()',
    'an http or https address, without a password in it (send a header)',
    '…',
  );
}

/** Without the query, in which keys and tokens travel. */
function shown({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
