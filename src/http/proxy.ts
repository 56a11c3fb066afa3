// Proxies: who may say on whose behalf a request comes, and what they said.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { default as Koa, Request } from 'koa';
import { ApplicationStateError } from '../app/errors.js';
import { isHost } from './hosts.js';

/**
 * Whose word is taken about the client: nobody's (false), that of the so many nearest proxies (a number), or that of
 * these: addresses, networks as `10.0.0.0/8`, `loopback` (this machine), `private` (the networks that are not public).
 */
export type TrustProxy = false | number | string | readonly string[];

const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10', '169.254.0.0/16'],
};

/** More proxies than this stand in nobody's way. */
const MOST_HOPS = 32;
const REQUEST_ID = /^[\w.:+=/@-]{1,128}$/;

/** The proxies that are trusted. Without one of them in front, forwarded headers are what anybody can write. */
export class Proxies {
  /** Whether clients come through a socket in the file system, whose other end is on this machine and has no address. */
  local = false;
  readonly #hops: number;
  readonly #named: BlockList | undefined;
  readonly #loopback: boolean;

  constructor(trusted: number | string | readonly string[]) {
    this.#hops = typeof trusted === 'number' ? trusted : MOST_HOPS;
    const names = typeof trusted === 'number' ? undefined : typeof trusted === 'string' ? [trusted] : trusted;
    this.#named = names && blockListOf(names);
    this.#loopback = names?.includes('loopback') ?? true;
  }

  /** The addresses from the client to the last proxy before this server; the first is the client's. */
  addresses(request: IncomingMessage): readonly string[] {
    const { remoteAddress } = request.socket;
    if (!this.#trustsNearest(request)) return remoteAddress ? [plain(remoteAddress)] : [];
    const found = remoteAddress ? [plain(remoteAddress)] : [];
    const told = listOf(request.headers['x-forwarded-for']);
    for (let hop = 1; hop <= this.#hops && told.length > 0; hop++) {
      const address = addressIn(told.pop() as string);
      if (!address) break;
      found.unshift(address);
      if (this.#named && !this.#isNamed(address)) break;
    }
    return found;
  }

  /** The protocol that the client used, as the nearest proxy says. */
  protocol(request: IncomingMessage): 'http' | 'https' | undefined {
    const word = this.#last(request, 'x-forwarded-proto')?.toLowerCase();
    return word === 'http' || word === 'https' ? word : undefined;
  }

  /** The host that the client asked for, as the nearest proxy says. */
  host(request: IncomingMessage): string | undefined {
    const host = this.#last(request, 'x-forwarded-host');
    return host !== undefined && isHost(host) ? host : undefined;
  }

  /** The name that the nearest proxy gave to the request. */
  requestId(request: IncomingMessage): string | undefined {
    const id = request.headers['x-request-id'];
    if (typeof id !== 'string' || !REQUEST_ID.test(id)) return undefined;
    return this.#trustsNearest(request) ? id : undefined;
  }

  #last(request: IncomingMessage, header: string): string | undefined {
    const value = request.headers[header];
    if (value === undefined || !this.#trustsNearest(request)) return undefined;
    return listOf(value).pop();
  }

  #trustsNearest({ socket }: IncomingMessage): boolean {
    if (!this.#named) return this.#hops > 0;
    if (socket.remoteAddress === undefined) return this.local && this.#loopback;
    return this.#isNamed(plain(socket.remoteAddress));
  }

  #isNamed(address: string): boolean {
    return this.#named?.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') ?? false;
  }
}

/** Lets the requests of a koa application tell of the client behind trusted proxies. */
export function forwardWith(application: Koa, proxies: Proxies): void {
  const { request } = application;
  const { protocol, host } = descriptorsOf(Object.getPrototypeOf(request));
  Object.defineProperty(application, 'proxy', { get: () => false, set: refuseKoaProxy });
  Object.defineProperties(request, {
    ips: {
      get(this: Request) {
        return proxies.addresses(this.req);
      },
    },
    ip: {
      get(this: Request) {
        return this.ips[0] ?? '';
      },
      set(this: Request, value: string) {
        Object.defineProperty(this, 'ip', { value, writable: true });
      },
    },
    protocol: {
      get(this: Request) {
        return proxies.protocol(this.req) ?? protocol.call(this);
      },
    },
    host: {
      get(this: Request) {
        return proxies.host(this.req) ?? host.call(this);
      },
    },
  });
}

function refuseKoaProxy(): never {
  throw new ApplicationStateError(
    'app.koa.proxy',
    "http.trustProxy says whose word is taken; koa would take everybody's",
  );
}

/** Whether a text names proxies. */
export function isProxyName(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  if (Object.hasOwn(NAMED, text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const most = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
}

function descriptorsOf(prototype: object): Record<'protocol' | 'host', (this: Request) => string> {
  const getter = (name: string) => Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: Request) => string;
  return { protocol: getter('protocol'), host: getter('host') };
}

function blockListOf(names: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of names.flatMap((name) => NAMED[name] ?? [name])) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}

function listOf(header: string | string[] | undefined): string[] {
  if (header === undefined) return [];
  return String(header)
    .split(',')
    .map((part) => part.trim())
    .slice(-MOST_HOPS);
}

/** An address that a proxy wrote, perhaps with brackets or a port. */
function addressIn(text: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 || bare.includes('%') ? undefined : plain(bare);
}

/** An IPv4 address as such, even when the system shows it as one of IPv6. */
function plain(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}
