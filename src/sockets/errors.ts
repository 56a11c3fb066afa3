// The sockets door's own failures: what a client is told, and what a caller of the server gets.
import { SpecterError, StopTimeoutError } from '../kernel/errors.js';
import { nearest } from '../kernel/nearest.js';
import { makeProblem, ProblemError, problemOf } from '../kernel/problem.js';
import type { ValidationError } from '../validation/errors.js';

/** A client emitted an event that nobody handles: status 404. */
export class UnknownEventError extends ProblemError {
  constructor() {
    super(makeProblem(404, { detail: 'Nobody handles this event.', code: 'SPECTER_EVENT_UNKNOWN' }));
  }
}

/** Who handles the event is stopped for a moment, or the server is about to close: status 503. */
export class AwayError extends ProblemError {
  constructor(detail = 'This is not available at the moment; try again shortly.') {
    super(makeProblem(503, { detail, code: 'SPECTER_UNAVAILABLE' }), { headers: { 'Retry-After': '1' } });
  }
}

/** A socket emits more than it may: status 429. */
export class RateError extends ProblemError {
  /** @param retryIn - milliseconds until it may emit again */
  constructor(readonly retryIn: number) {
    super(makeProblem(429, { detail: 'Too many events; wait before the next one.', code: 'SPECTER_RATE' }));
  }
}

/** A handler took too long, and its client does not wait any more: status 503. */
export class SlowAnswerError extends ProblemError {
  constructor(ms: number) {
    super(makeProblem(503, { detail: `There was no answer within ${ms} ms.`, code: 'SPECTER_ACK_TIMEOUT' }));
  }
}

/** What one address, session or connection may have of something is used up: status 429. */
export class ConnectionLimitError extends ProblemError {
  /** @param what - as `sockets of one session` */
  constructor(most: number, what: string) {
    const detail = `There can be ${most} ${what}; close one first.`;
    super(makeProblem(429, { detail, code: 'SPECTER_CONNECTION_LIMIT' }));
  }
}

/** A connection came from a page of another origin: status 403. */
export class OriginError extends ProblemError {
  constructor(origin: string) {
    super(makeProblem(403, { detail: 'Connections from this origin are not allowed.', code: 'SPECTER_ORIGIN' }));
    this.message = `Pages of the origin ${shortened(origin)} may not connect. If they are yours, add it to the option sockets.origins.`;
  }
}

/** A client asked for a host that is not in `http.allowedHosts`: status 421. */
export class HostError extends ProblemError {
  constructor(host: string) {
    super(makeProblem(421, { detail: 'This server does not answer for this host.', code: 'SPECTER_HOST' }));
    this.message = `Nobody answers for the host ${shortened(host)}. If it is a name of this server, add it to the option http.allowedHosts.`;
  }
}

/** `sockets.session(handshake)` does not know who is connecting: status 401. */
export class UnknownSessionError extends ProblemError {
  constructor() {
    super(makeProblem(401, { detail: 'Nobody knows who is connecting.', code: 'SPECTER_UNAUTHORIZED' }));
  }
}

/** No rule lets the client join this topic, or one of them said no: status 403. */
export class TopicRefusedError extends ProblemError {
  /** @param by - whose rule said no; undefined when there is no rule that fits */
  constructor(topic: string, by?: string) {
    super(makeProblem(403, { detail: 'You may not join this topic.', code: 'SPECTER_FORBIDDEN' }));
    const none = `Nobody may join the topic ${shortened(topic)}: no @Topic rule of this namespace fits it. A method under @Topic(pattern) says who may.`;
    this.message =
      by === undefined ? none : `A @Topic rule of ${by} does not let this session join ${shortened(topic)}.`;
  }
}

/** One socket is in as many topics as it may be: status 429. */
export class TooManyTopicsError extends ProblemError {
  constructor(most: number) {
    super(
      makeProblem(429, {
        detail: `One socket can be in ${most} topics of its namespace; leave one first.`,
        code: 'SPECTER_TOPIC_LIMIT',
      }),
    );
  }
}

/** Somebody sends to a namespace, or asks for it, that nobody has opened. */
export class UnknownNamespaceError extends SpecterError {
  constructor(where: string, name: unknown, open: readonly string[]) {
    const [near] = nearest(String(name), open);
    const hint = near ? `Did you mean ${near}?` : `Open are: ${open.join(', ')}.`;
    super(
      'SPECTER_INVALID_ARGUMENT',
      `${where} names the namespace ${shortened(name)}, which nobody has opened. ${hint} @Handler({ namespace }) opens one, and so does ingress.subscribe().`,
    );
  }
}

/** Clients were to call an action again that there is not. */
export class UnknownRefetchError extends SpecterError {
  constructor(name: unknown, known: readonly string[]) {
    const [near] = nearest(String(name), known);
    const hint = near ? `Did you mean ${near}?` : `There are: ${known.join(', ')}.`;
    super(
      'SPECTER_INVALID_ARGUMENT',
      `sockets.refetch() names the action ${shortened(name)}, which there is not: no client could call it. ${hint}`,
    );
  }
}

/** Events were still being handled when the door had waited long enough for them. */
export class UnansweredEventsError extends StopTimeoutError {
  /** @param busy - whose they are, as far as that is known */
  constructor(count: number, busy: readonly string[], ms: number) {
    const whose = busy.length > 0 ? `: ${busy.join(', ')}` : '';
    const instead = `did not finish within ${ms} ms${whose}. Give what they await a deadline of their own, or raise sockets.drainTimeout.`;
    super(`Answering socket events (${count} left)`, ms, { instead });
  }
}

/** A session did not answer a request of the server in time. */
export class AckTimeoutError extends SpecterError {
  constructor(event: string, session: string, ms: number) {
    super(
      'SPECTER_ACK_TIMEOUT',
      `Session ${shortened(session)} did not answer "${event}" within ${ms} ms. Its client must call the acknowledgement of that event; or raise timeout.`,
    );
  }
}

/** A session answered a request of the server with what it may not. Nobody who waits for that answer has sent it, so it is no 422. */
export class AnswerError extends SpecterError {
  constructor(event: string, session: string, cause: ValidationError) {
    // The name of what is unknown here was made by the client.
    const faults = cause.faults.map(({ path, rule }) => (path === '' || rule === 'unknown' ? rule : `${path} ${rule}`));
    super(
      'SPECTER_VALIDATION',
      `Session ${shortened(session)} answered "${event}" with what its type does not allow: ${faults.join(', ')}.`,
      { cause },
    );
  }
}

/** A session has no connected socket that could answer. */
export class DisconnectedError extends SpecterError {
  constructor(event: string, session: string) {
    super(
      'SPECTER_DISCONNECTED',
      `Session ${shortened(session)} cannot answer "${event}": none of its sockets is connected. Ask sockets.sessions() who is there.`,
    );
  }
}

/** The socket that asked for something has gone: the reason of its signals. Nobody is to blame. */
export class GoneError extends SpecterError {
  constructor() {
    super('SPECTER_CLIENT_GONE', 'The socket disconnected before it had its answer. Stop working for it.');
  }
}

/** Milliseconds after which trying again may help, where an error knows. */
export function retryInOf(error: Error): number | undefined {
  if (error instanceof RateError) return error.retryIn;
  const seconds = error instanceof ProblemError ? Number(error.headers['Retry-After'] ?? Number.NaN) : Number.NaN;
  return Number.isFinite(seconds) ? seconds * 1_000 : undefined;
}

/** Whether an error is the application's own fault. A 503 is not: somebody said that he is busy; nor that somebody has gone. */
export function isFailure(error: Error): boolean {
  if (error instanceof GoneError) return false;
  const { status } = problemOf(error);
  return status >= 500 && status !== 503;
}

/** A text from outside, for an event or a message: short, and without line breaks. */
export function shortened(text: unknown): string {
  const whole = String(text);
  return JSON.stringify(whole.length > 64 ? `${whole.slice(0, 64)}...` : whole);
}
