// The failures of a client: what happens when no server answers.
import { SpecterError } from '../kernel/errors.js';

/** Nobody answered, or what answered is not a server of actions. */
export class UnreachableError extends SpecterError {
  constructor(name: string, where: string, cause: unknown) {
    super(
      'SPECTER_UNREACHABLE',
      `${name} could not be called: ${where} did not answer as a server of actions does (${(cause as Error | undefined)?.message}). Check the address and whether the server runs.`,
      { cause },
    );
  }
}

/** A client without a socket was asked to listen. */
export class NoSocketError extends SpecterError {
  constructor(what: string) {
    super('SPECTER_NO_SOCKET', `${what} needs a socket: createClient(url, { socket: io(url) }).`);
  }
}

/** An action that is not deferred was to be. */
export class NotDeferredError extends SpecterError {
  constructor(name: string) {
    super('SPECTER_NOT_DEFERRED', `${name} has run, and given its result at once: it has no defer. Use client.call().`);
  }
}
