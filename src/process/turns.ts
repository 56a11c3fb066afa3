// Turns: that a process is ready, and that it has ended: told as events, and to whoever listens to the process itself.
import type { Release } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import { guarded } from '../kernel/guarded.js';
import { inNameOf } from '../kernel/home.js';
import type { Runner } from '../kernel/runner.js';
import type { Owner } from '../kernel/scope.js';
import type { ProcessExit } from './errors.js';

/** How one run of a process ended. */
export interface ProcessEnd extends ProcessExit {
  /** Whether somebody had stopped it. */
  readonly asked: boolean;
}

/** A process runs, and is ready. */
export interface ProcessReady {
  readonly pid: number;
  /** How often it has been started again since its `start()`. */
  readonly restarts: number;
}

interface Told {
  readonly exit: ProcessEnd;
  readonly ready: ProcessReady;
}

/** What the events tell besides. Durations are milliseconds. */
interface Started extends ProcessReady {
  readonly duration: number;
}
interface Exited {
  readonly pid: number;
  readonly exit: ProcessExit;
  readonly duration: number;
  readonly asked: boolean;
}

/** Those of one process, over all its runs. */
export class Turns {
  readonly #runner: Runner;
  readonly #listeners = { exit: new Set<(what: never) => unknown>(), ready: new Set<(what: never) => unknown>() };

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** @param owner - ends the listening when it stops */
  on<T extends keyof Told>(turn: T, fn: (what: Told[T]) => unknown, owner: Owner | undefined): Release {
    if (typeof fn !== 'function')
      throw new InvalidArgumentError(`a listener of process "${this.#runner.name}"`, 'a function', fn);
    // The same function may listen twice, and each release ends one of them.
    const listener = (what: Told[T]) => fn(what);
    this.#listeners[turn].add(listener);
    const release = () => void this.#listeners[turn].delete(listener);
    return owner ? owner.addCleanup(release) : release;
  }

  ready(facts: Started): void {
    this.#runner.environment.events.emit('process-started', { service: this.#runner.name, ...facts });
    this.#tell('ready', { pid: facts.pid, restarts: facts.restarts });
  }

  exited(facts: Exited): void {
    this.#runner.environment.events.emit('process-exited', { service: this.#runner.name, ...facts });
    this.#tell('exit', { ...facts.exit, asked: facts.asked });
  }

  /** Whoever listens is called in the name of the process, and its failure stops nobody else. */
  #tell<T extends keyof Told>(turn: T, what: Told[T]): void {
    const { name, environment } = this.#runner;
    for (const listener of [...this.#listeners[turn]])
      guarded(
        () => inNameOf(this.#runner, () => listener(what as never)),
        (error) => environment.events.emit('listener-failed', { service: name, event: turn, error }),
      );
  }
}
