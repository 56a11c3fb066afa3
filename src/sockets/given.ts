// Given: what the framework itself gives to an @On or @Topic method in place of a payload, and which types its parameter can have.
import { InvalidRoleError } from '../app/errors.js';
import type { Class } from '../kernel/token.js';
import { Socket } from './arguments.js';

/** What stands in place of the payload of a client. Nothing checks its values: a parameter must be what it is. */
export class Given {
  readonly #name: string;
  readonly #fits: (type: unknown) => boolean;

  /** @param name - as it reads in an error @param fits - whether it can be of a type that the compiler emitted */
  constructor(name: string, fits: (type: unknown) => boolean) {
    this.#name = name;
    this.#fits = fits;
  }

  /**
   * @param type - what the compiler emitted, which may be nothing; an interface is an Object
   * @throws InvalidRoleError for a parameter that could never be of its type
   */
  check(where: string, type: unknown): void {
    if (type === undefined || type === Object || this.#fits(type)) return;
    const claimed = typeof type === 'function' ? (type as Class).name : 'of another type';
    const cure = 'Give it that type or leave it out; @Socket() and @Session() tell who it is.';
    throw new InvalidRoleError(where, `is ${claimed}, but what comes is ${this.#name}`, cure);
  }
}

/** What is told of a socket itself, by event. */
export const LIFECYCLE: ReadonlyMap<string, Given> = new Map([
  ['connection', new Given('the socket', isSocket)],
  ['disconnect', new Given('the reason, a text', isText)],
  ['error', new Given('an Error', isError)],
]);

/** The name of a topic. */
export const TOPIC = new Given('the name of the topic, a text', isText);

function isText(type: unknown): boolean {
  return type === String;
}

/** By its methods: socket.io is only loaded once somebody needs it. */
function isSocket(type: unknown): boolean {
  return type === Socket || typeof (prototypeOf(type) as Record<string, unknown> | undefined)?.emit === 'function';
}

function isError(type: unknown): boolean {
  return type === Error || prototypeOf(type) instanceof Error;
}

function prototypeOf(type: unknown): unknown {
  return typeof type === 'function' ? type.prototype : undefined;
}
