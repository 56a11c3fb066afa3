// The failures of the testing kit.
import { counted } from '../kernel/counted.js';
import { messageOf, SpecterError } from '../kernel/errors.js';
import type { Leak } from './leak.js';

/** After the stop something was still open. */
export class LeakError extends SpecterError {
  readonly leaks: readonly Leak[];

  /** @param what - what they outlived */
  constructor(leaks: readonly Leak[], what = 'app.stop()') {
    const lines = leaks.map(({ kind, label, place }) => `  - ${kind} ${label}${place ? `, made at ${place}` : ''}`);
    super(
      'SPECTER_LEAK',
      `${counted(leaks.length, 'thing')} outlived ${what}:\n${lines.join('\n')}\nOwn them where they are opened: this.own(...), this.interval(...), this.listen(...).`,
    );
    this.leaks = leaks;
  }
}

/** One thing that did not go well during a stop. */
export interface StopFailure {
  /** The name of whom it is about. */
  readonly service: string;
  readonly error: Error;
}

/** Requests that did not end within `http.drainTimeout`. */
export function cutOff(service: string, requests: readonly string[]): StopFailure {
  return { service, error: new Error(`cut off at the deadline: ${requests.join(', ')}`) };
}

/** The application has stopped, but something failed or hung on the way. */
export class UncleanStopError extends SpecterError {
  readonly failures: readonly StopFailure[];
  /** What outlived the stop besides. */
  readonly leaks: readonly Leak[];

  constructor(failures: readonly StopFailure[], leaks: readonly Leak[] = []) {
    const lines = failures.map(({ service, error }) => `  - ${service}: ${messageOf(error)}`);
    const left = leaks.length > 0 ? `\n${new LeakError(leaks).message}` : '';
    super(
      'SPECTER_UNCLEAN_STOP',
      `The application stopped, but ${counted(failures.length, 'thing')} went wrong on the way:\n${lines.join('\n')}\nA test that is about this gives testApplication the option uncleanStop: true.${left}`,
      { cause: failures[0]?.error },
    );
    this.failures = failures.map(({ service, error }) => ({ service, error }));
    this.leaks = leaks;
  }
}

/** A part of the kit needs a package that is not installed. */
export class MissingPackageError extends SpecterError {
  constructor(what: string, packageName: string, cause: unknown) {
    super(
      'SPECTER_MISSING_PACKAGE',
      `${what} needs the package ${packageName}. Install it: npm install --save-dev ${packageName}`,
      { cause },
    );
  }
}

/** The server has closed the connection of a client that it had neither let in nor refused. */
export class NotLetInError extends SpecterError {
  constructor(namespace: string, reason: string) {
    super(
      'SPECTER_DISCONNECTED',
      `app.socket() was not let into ${namespace}: the server closed the connection without a word (${reason}). ` +
        'Probably sockets.session, or a guard, took longer than sockets.connectTimeout.',
    );
  }
}

/** A program did not end by itself. */
export class ExitError extends SpecterError {
  constructor(file: string, what: string, output: readonly string[]) {
    const printed = output.length > 0 ? `It printed:\n${output.join('\n')}` : 'It printed nothing.';
    super('SPECTER_NO_EXIT', `${file} ${what}. ${printed}`);
  }
}

/** A component did not live up to its lifecycle under random starts and stops. */
export class StressError extends SpecterError {
  readonly faults: readonly string[];

  constructor(name: string, seed: number, faults: readonly string[]) {
    const list = faults.slice(0, 20).map((fault) => `  - ${fault}`);
    const more = faults.length > 20 ? `\n  and ${faults.length - 20} more` : '';
    super(
      'SPECTER_STRESS',
      `${name} did not survive being started and stopped at random (seed ${seed}):\n${list.join('\n')}${more}\nThe same order again: startStopStress(thing, { seed: ${seed} }).`,
    );
    this.faults = faults;
  }
}
