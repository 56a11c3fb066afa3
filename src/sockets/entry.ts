// Entry: how a socket gets into a namespace, what is told of it there, and how it leaves.
import type { Namespace, Socket } from 'socket.io';
import type { Release } from '../kernel/clock.js';
import { errorOf } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import { listenerForAll } from '../kernel/listener-for-all.js';
import { problemOf } from '../kernel/problem.js';
import type { Admission } from './admission.js';
import { Connection } from './call.js';
import { ConnectionLimitError, GoneError, HostError, OriginError } from './errors.js';
import { LIFECYCLE_EVENTS, type SocketIngress } from './ingress.js';
import type { Intake } from './intake.js';
import type { SocketSettings } from './options.js';
import { sessionRoom } from './rooms.js';
import { Seats } from './seats.js';
import { closeWhenTold } from './transports.js';
import type { Wire } from './wire.js';
import type { Wires } from './wires.js';

/** What an entry leads to. */
export interface Inside {
  readonly admission: Admission;
  readonly ingress: SocketIngress;
  readonly intake: Intake;
  readonly wires: Wires;
  /** Nobody gets in any more. */
  readonly leaving: () => boolean;
  /** All sockets leave, because the door closes. */
  readonly closing: () => boolean;
}

/** What socket.io has of a namespace: asks its middlewares about a socket. */
interface Deciding {
  run(socket: Socket, decided: (refusal?: Error | null) => void): void;
}

/** What the parser of socket.io says of a message with more than it takes. */
const TOO_MANY_ATTACHMENTS = 'too many attachments';

/** Lets sockets into the namespaces of one door. */
export class Entry {
  readonly #environment: Environment;
  readonly #settings: SocketSettings;
  readonly #inside: Inside;
  readonly #connections = new WeakMap<Socket, Connection>();
  readonly #sessions: Seats;

  constructor(environment: Environment, settings: SocketSettings, inside: Inside) {
    this.#environment = environment;
    this.#settings = settings;
    this.#inside = inside;
    this.#sessions = new Seats(settings.maxSocketsPerSession);
  }

  /** Stands before a namespace. */
  serve(namespace: Namespace): void {
    namespace.use((socket, next) => {
      this.#admit(socket, namespace.name).then(
        () => next(),
        (thrown) => this.#refuse(socket, errorOf(thrown), next),
      );
    });
    namespace.on('connection', (socket) => this.#connected(socket));
    this.#watchRefusals(namespace as unknown as Deciding);
  }

  /** A middleware of the application that refuses whom we have let in: socket.io tells of it nowhere else. */
  #watchRefusals(namespace: Deciding): void {
    const { run } = namespace;
    namespace.run = (socket, decided) =>
      run.call(namespace, socket, (refusal) => {
        if (refusal) this.#giveBack(socket);
        decided(refusal);
      });
  }

  #giveBack(socket: Socket): void {
    const from = this.#connections.get(socket);
    if (!from || !this.#connections.delete(socket)) return;
    from.end(new GoneError());
    from.wire.leave();
  }

  /** What is known of a connected socket. */
  connectionOf(socket: Socket): Connection | undefined {
    return this.#connections.get(socket);
  }

  async #admit(socket: Socket, namespace: string): Promise<void> {
    const { admission, wires, leaving } = this.#inside;
    const wire = wires.of(socket.conn);
    if (!wire) throw new GoneError();
    Object.assign(socket.handshake, wire.farEnd);
    wire.enter();
    try {
      const session = leaving() ? undefined : await admission.admit(socket, namespace);
      // A client that a namespace refuses stays away; one whose connection ends comes back by itself.
      if (leaving()) await wire.gone();
      if (!session || socket.conn.readyState !== 'open') throw new GoneError();
      const seat = this.#takeSeat(`${namespace}\n${session.id}`, wire);
      this.#connections.set(socket, new Connection(socket, session, { wire, seat }));
    } catch (thrown) {
      wire.leave();
      throw thrown;
    }
  }

  /** Where each socket is a session of its own, there is a seat for all. */
  #takeSeat(session: string, wire: Wire): Release | undefined {
    if (!this.#settings.session) return undefined;
    const seat = this.#sessions.take(session);
    if (!seat) throw new ConnectionLimitError(this.#settings.maxSocketsPerSession, 'connections of one session');
    // It may also end before it is in the namespace.
    return wire.hold(seat);
  }

  #refuse(socket: Socket, error: Error, next: (error: Error) => void): void {
    const problem = problemOf(error);
    this.#inside.ingress.failures.tell('sockets', { socket: socket.id, what: 'the connection' }, error);
    next(Object.assign(new Error(problem.detail ?? problem.title), { data: problem }));
    // socket.io writes the refusal in the next tick; a page of a strange origin keeps nothing open after it.
    if (error instanceof OriginError || error instanceof HostError)
      process.nextTick(() => closeWhenTold(socket.conn as never));
  }

  #connected(socket: Socket): void {
    const from = this.#connections.get(socket);
    // The word that it is in may have been one too many for its client: nothing would ever tell that it has gone.
    if (!from || socket.conn.readyState !== 'open') return void socket.disconnect(true);
    from.wire.carries(socket);
    socket.use((sent, next) => this.#received(sent, from, next));
    socket.on('error', this.#failed);
    socket.on('disconnect', this.#left);
    this.#environment.events.emit('socket-connected', aboutOf(from));
    socket.join(sessionRoom(from.session));
    // Who hears of its presence may have sent it away.
    if (socket.connected) void this.#inside.ingress.happened('connection', socket, from);
  }

  readonly #failed = listenerForAll((socket: Socket, error: Error) => {
    const from = this.#connections.get(socket);
    if (!from) return;
    if (error.message === TOO_MANY_ATTACHMENTS) from.wire.exceeded('a message has more than 10 attachments');
    void this.#inside.ingress.happened('error', error, from);
  });

  readonly #left = listenerForAll((socket: Socket, why: string) => {
    const from = this.#connections.get(socket);
    if (!from) return;
    from.end(new GoneError());
    from.wire.lost(socket);
    const reason = from.wire.dropped ?? (this.#inside.closing() ? 'server shutting down' : why);
    this.#environment.events.emit('socket-disconnected', { ...aboutOf(from), reason });
    void this.#inside.ingress.happened('disconnect', reason, from);
  });

  /** One hook takes every event of a socket, so that nothing of a handler is ever on the socket itself. */
  #received(sent: readonly unknown[], from: Connection, next: () => void): void {
    const { socket } = from;
    // What it sent before it was sent away may still be on its way here.
    if (!socket.connected) return;
    const { intake } = this.#inside;
    if (!this.#isForeign(sent[0], from)) intake.receive(sent, from);
    else if (intake.passes(sent, from)) next();
  }

  /** Whether only a plain socket.io listener of the application can be meant. */
  #isForeign(event: unknown, { socket, namespace }: Connection): boolean {
    if (this.#inside.ingress.serves(namespace, event) || LIFECYCLE_EVENTS.has(event)) return false;
    return socket.listenerCount(event as string) > 0;
  }
}

function aboutOf({ socket, session, namespace }: Connection) {
  return { service: 'sockets', socket: socket.id, session: session.id, namespace };
}
