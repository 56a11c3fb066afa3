// Streams: what a process says and takes, over all its runs, and who listens.
import type { Release } from '../kernel/clock.js';
import { errorOf, InvalidArgumentError } from '../kernel/errors.js';
import { inNameOf } from '../kernel/home.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import type { Runner } from '../kernel/runner.js';
import type { Owner } from '../kernel/scope.js';
import { isThenable } from '../kernel/thenable.js';
import type { Child } from './child.js';
import { InputClosedError } from './errors.js';
import type { LineInfo } from './lines.js';
import { Output, TextChunks } from './output.js';

/** A stream that a process writes to. */
export type OutputName = 'stdout' | 'stderr';

/** What is told with a line of `followOutput`. */
export interface FollowedLine extends LineInfo {
  readonly stream: OutputName;
}

/** How one listens to a stream. */
export interface ListenOptions {
  /** What comes as it comes, instead of lines. @default lines */
  readonly chunks?: 'text' | 'bytes' | undefined;
  /** Ends the listening when it stops. @default only the returned function does */
  readonly owner?: Owner | undefined;
}

const LISTEN = ['chunks', 'owner'] satisfies (keyof ListenOptions)[];

export type LineOptions = Pick<ListenOptions, 'owner'>;
export type ChunkOptions<C> = LineOptions & { readonly chunks: C };

/** What can be waited for no longer than somebody wants. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined;
}

type Take = (what: unknown, info?: unknown) => unknown;

/** What waits. @throws SPECTER_INVALID_ARGUMENT for an option that nobody reads */
export function signalOf(where: string, options: Abortable): AbortSignal | undefined {
  checkOptionKeys(where, options, ['signal']);
  return options.signal;
}

/** Of one process. */
export class Streams {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly #runner: Runner;

  constructor(runner: Runner, maxLine: number) {
    this.#runner = runner;
    this.stdout = new Output(maxLine);
    this.stderr = new Output(maxLine);
  }

  get all(): readonly [Output, Output] {
    return [this.stdout, this.stderr];
  }

  /** @throws SPECTER_INVALID_ARGUMENT for anything but its two streams */
  output(name: OutputName): Output {
    if (name !== 'stdout' && name !== 'stderr')
      throw new InvalidArgumentError(`a stream of process "${this.#runner.name}"`, "'stdout' or 'stderr'", name);
    return this[name];
  }

  watch(name: OutputName, fn: Take, options: ListenOptions): Release {
    checkOptionKeys(`watchStream() of process "${this.#runner.name}"`, options, LISTEN);
    const { chunks, owner } = options;
    const output = this.output(name);
    const call = this.#guarded(name, fn);
    const lines = () => output.onLine(call);
    const text = () => output.onChunk(new TextChunks(call));
    const bytes = () => output.onChunk({ push: call, end: () => {} });
    const release = { lines, text, bytes }[chunks ?? 'lines']();
    return owner ? owner.addCleanup(release) : release;
  }

  follow(fn: (line: string, info: FollowedLine) => unknown, options: LineOptions): Release {
    checkOptionKeys(`followOutput() of process "${this.#runner.name}"`, options, ['owner']);
    const releases = (['stdout', 'stderr'] as const).map((stream) =>
      this.watch(stream, (line, info) => fn(line as string, { ...(info as LineInfo), stream }), options),
    );
    return () => {
      for (const release of releases) release();
    };
  }

  /** @param refusal - why no input is taken at all, if so @throws SPECTER_INPUT_CLOSED when nobody reads it */
  write(child: Child | undefined, data: string | Uint8Array, refusal: string | undefined): Promise<void> {
    const { name } = this.#runner;
    return new Promise((resolve, reject) => {
      const why = refusal ?? whyNoInput(child);
      if (why || !child?.stdin) return reject(new InputClosedError(name, why ?? 'it has no stdin'));
      child.stdin.write(data, (cause) => {
        if (cause) reject(new InputClosedError(name, 'it has closed its stdin', cause));
        else resolve();
      });
    });
  }

  /** Whoever listens is called in the name of the process, and its failure stops nobody else. */
  #guarded(stream: OutputName, fn: Take): Take {
    const report = (thrown: unknown) => {
      const { events } = this.#runner.environment;
      events.emit('listener-failed', { service: this.#runner.name, event: stream, error: errorOf(thrown) });
    };
    const runner = this.#runner;
    return (what, info) => {
      try {
        // Millions of lines may come: none of them makes a function that nobody needs.
        const result = runner.environment.within ? inNameOf(runner, () => fn(what, info)) : fn(what, info);
        if (isThenable(result)) result.then(undefined, report);
      } catch (thrown) {
        report(thrown);
      }
    };
  }
}

function whyNoInput(child: Child | undefined): string | undefined {
  if (!child || child.exit) return 'it does not run';
  return child.stdin?.writable ? undefined : 'its stdin has ended';
}
