// HostList: the names by which a server may be called, or to which it may send its clients.
import type { Context } from 'koa';
import { HttpError } from './errors.js';

/** A host as it stands in a header: a name, an IPv4 address or an IPv6 address in brackets, and perhaps a port. */
const HOST = /^(?:[a-z\d](?:[a-z\d._-]*[a-z\d_-])?\.?|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
const LONGEST_HOST = 261;

/** Whether a text is a host, and nothing that is read in two ways. */
export function isHost(text: string): boolean {
  return text.length <= LONGEST_HOST && HOST.test(text);
}

/** A list of hosts: `example.org` on any port, `example.org:8443` on that one, `*.example.org` for every name below it. */
export class HostList {
  readonly #exact: ReadonlySet<string>;
  readonly #below: readonly string[];
  /** The last one that was welcome: nearly always the next one as well. */
  #known: string | undefined;

  constructor(patterns: readonly string[]) {
    const all = patterns.map((pattern) => pattern.toLowerCase());
    this.#exact = new Set(all.filter((pattern) => !pattern.startsWith('*.')));
    this.#below = all.filter((pattern) => pattern.startsWith('*.')).map((pattern) => pattern.slice(1));
  }

  /** @param anyPort - whether a name without a port stands for every port */
  has(host: string, anyPort = true): boolean {
    if (!isHost(host)) return false;
    const whole = host.toLowerCase();
    const name = (anyPort ? whole.replace(/:\d+$/, '') : whole).replace(/\.$/, '');
    return this.#exact.has(whole) || this.#exact.has(name) || this.#below.some((end) => name.endsWith(end));
  }

  /** Lets a request pass that asked for one of these hosts. @throws HttpError 421 */
  welcome(ctx: Context): Context {
    const { host } = ctx;
    if (host === this.#known || this.has(host)) {
      this.#known = host;
      return ctx;
    }
    throw new HttpError(421, 'This server does not answer for this host.', { code: 'SPECTER_HOST' });
  }
}

/** Whether a text can stand in a list of hosts. */
export function isHostPattern(text: unknown): boolean {
  return typeof text === 'string' && isHost(text.replace(/^\*\./, ''));
}
