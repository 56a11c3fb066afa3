// Admission: who may connect: the page's origin, the session, and the guards of the application and of the namespace.
import type { Socket } from 'socket.io';
import { type GuardFunction, passGuards, type Session } from '../http/guard.js';
import type { HostList } from '../http/hosts.js';
import { checkSession } from '../http/query.js';
import type { Release } from '../kernel/clock.js';
import { checkStructure, type Limits } from '../validation/limits.js';
import { guardCall } from './call.js';
import { AwayError, HostError, OriginError, UnknownSessionError } from './errors.js';
import type { Handshake, SocketSettings } from './options.js';
import type { Origins } from './origins.js';

/** What is asked of everybody, before the guards. */
export interface Conditions {
  readonly session: SocketSettings['session'];
  readonly origins: Origins;
  /** Undefined when every name of this server is welcome. */
  readonly hosts: HostList | undefined;
  /** How deep and wide what a client says of itself may be. */
  readonly limits: Limits;
}

/** Lets nobody in while those who would decide are stopped for a moment. */
const nobody: GuardFunction = () => {
  throw new AwayError();
};

/** Decides about every connection to every namespace, before any handler hears of it. */
export class Admission {
  /** The application's guards, asked first. */
  guards: readonly GuardFunction[] = [];
  readonly #conditions: Conditions;
  readonly #byNamespace = new Map<string, Map<string, readonly GuardFunction[]>>();

  constructor(conditions: Conditions) {
    this.#conditions = conditions;
  }

  /** Asks `guards` at each connection to the namespace. While their owner is stopped nobody gets in. */
  guard(namespace: string, owner: string, guards: readonly GuardFunction[]): Release {
    const owners = this.#byNamespace.get(namespace) ?? new Map<string, readonly GuardFunction[]>();
    this.#byNamespace.set(namespace, owners.set(owner, guards));
    return () => void owners.set(owner, [nobody]);
  }

  /** Who it is that may come in. @throws ProblemError with what its client may know of the reason */
  async admit(socket: Socket, namespace: string): Promise<Session> {
    const { host, headers, auth } = socket.handshake as unknown as Handshake;
    const { origins, hosts, limits } = this.#conditions;
    if (hosts && !hosts.has(host)) throw new HostError(host);
    if (!origins.allows(headers.origin, host)) throw new OriginError(String(headers.origin));
    checkStructure(auth, limits, 'payload');
    const session = await this.#sessionOf(socket);
    const guards = [...this.guards, ...[...(this.#byNamespace.get(namespace)?.values() ?? [])].flat()];
    await passGuards(guards, guardCall('connection', { socket, session }));
    return session;
  }

  async #sessionOf({ id, handshake }: Socket): Promise<Session> {
    const { session } = this.#conditions;
    if (!session) return { id, data: undefined };
    const found = checkSession('sockets.session()', session, await session(handshake as unknown as Handshake));
    if (found === undefined) throw new UnknownSessionError();
    return found;
  }
}
