// Admission: who may connect: the page's origin, the session, and the guards of the application and of the namespace.
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'socket.io';
import { type GuardFunction, passGuards, type Session } from '../http/guard.js';
import type { Release } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import { guardCall } from './call.js';
import { AwayError, OriginError, UnknownSessionError } from './errors.js';
import type { SocketSettings } from './options.js';

/** Lets nobody in while those who would decide are stopped for a moment. */
const nobody: GuardFunction = () => {
  throw new AwayError();
};

/** Decides about every connection to every namespace, before any handler hears of it. */
export class Admission {
  /** The application's guards, asked first. */
  guards: readonly GuardFunction[] = [];
  readonly #settings: Pick<SocketSettings, 'session' | 'origins'>;
  readonly #byNamespace = new Map<string, Map<string, readonly GuardFunction[]>>();

  constructor(settings: Pick<SocketSettings, 'session' | 'origins'>) {
    this.#settings = settings;
  }

  /** Asks `guards` at each connection to the namespace. While their owner is stopped nobody gets in. */
  guard(namespace: string, owner: string, guards: readonly GuardFunction[]): Release {
    const owners = this.#byNamespace.get(namespace) ?? new Map<string, readonly GuardFunction[]>();
    this.#byNamespace.set(namespace, owners.set(owner, guards));
    return () => void owners.set(owner, [nobody]);
  }

  /** Who it is that may come in. @throws ProblemError with what its client may know of the reason */
  async admit(socket: Socket, namespace: string): Promise<Session> {
    checkOrigin(socket.handshake.headers, this.#settings.origins);
    const session = await this.#sessionOf(socket);
    const guards = [...this.guards, ...[...(this.#byNamespace.get(namespace)?.values() ?? [])].flat()];
    await passGuards(guards, guardCall('connection', { socket, session }));
    return session;
  }

  async #sessionOf(socket: Socket): Promise<Session> {
    const { session } = this.#settings;
    if (!session) return { id: socket.id, data: undefined };
    const found = await session(socket.handshake);
    if (found === undefined) throw new UnknownSessionError();
    if (typeof found?.id === 'string' && found.id !== '') return found;
    throw new InvalidArgumentError(
      'sockets.session()',
      '{ id, data } with a text of at least one letter as id, or undefined',
      found,
    );
  }
}

/** A browser always names the origin of a page that opens a websocket or asks another site. */
function checkOrigin({ origin, host }: IncomingHttpHeaders, allowed: SocketSettings['origins']): void {
  if (origin === undefined || allowed === '*' || allowed?.includes(origin)) return;
  if (!URL.canParse(origin) || new URL(origin).host !== host) throw new OriginError();
}
