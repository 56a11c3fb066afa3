// StreamAtHand: the one stream of a watcher that is open, read value by value until it ends or nobody wants more.
import { type Clock, type Release, systemClock } from './clock.js';
import { errorOf, InvalidArgumentError } from './errors.js';
import { isConsequence } from './poll-at-hand.js';
import { isThenable } from './thenable.js';
import type { StreamSource } from './watch-source.js';

/** Who follows. */
export interface Following<T> {
  /** Aborted when the run ends. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Calls `fn` when nobody wants more for now. */
  readonly whenUnwanted: (fn: () => void) => Release;
  readonly take: (value: T) => void;
  /** Told what went wrong after nobody read any more. */
  readonly late: (error: Error) => void;
}

/** Values that may come without the host getting a turn in between. */
const BREATH = 1_000;
/** Values after which it is worth the timer to know whether the host has had a turn. */
const LOOK = 100;

/** Milliseconds for the last stream to end before the next one counts as failed. */
const ENDING = 1_000;

const LEFT = Symbol('left');

/** Kept for all runs of a watcher: a stream that does not end when it should never gets a second one beside it. */
export class StreamAtHand<T> {
  #closing: { readonly run: AbortSignal; readonly done: Promise<void> } | undefined;
  #flood = 0;
  #looking = false;

  /** Resolves when no stream of that run is open. */
  async ended(run: AbortSignal): Promise<void> {
    if (this.#closing?.run === run) await this.#closing.done;
  }

  /**
   * Reads until it ends, or nobody wants more.
   *
   * @returns whether it ended by itself
   * @throws what the stream or `take` threw
   */
  async follow(source: StreamSource<T>, following: Following<T>): Promise<boolean> {
    if (this.#closing) await this.#lastEnded(this.#closing.done, following);
    if (following.signal.aborted) return false;
    const own = new AbortController();
    const iterator = iteratorOf(source.stream(own.signal));
    const left = untilLeft(following, own);
    try {
      return await this.#read(iterator, left, following);
    } finally {
      left.release();
      if (left.is) this.#close(iterator, own.signal, following);
    }
  }

  async #lastEnded(done: Promise<void>, { clock, signal }: Following<T>): Promise<void> {
    const grace = new AbortController();
    const end = () => grace.abort();
    signal.addEventListener('abort', end, { once: true });
    void done.then(end);
    await clock.sleep(ENDING, { signal: grace.signal }).catch(() => {});
    signal.removeEventListener('abort', end);
    if (this.#closing && !signal.aborted) throw new Error('its last stream was told to end and has not ended yet');
  }

  async #read(iterator: AsyncIterator<T>, left: Left, { take }: Following<T>): Promise<boolean> {
    for (;;) {
      const step = await nextOf(iterator, left);
      if (step === LEFT || left.is) return false;
      if (step.done) return true;
      try {
        take(step.value);
      } catch (thrown) {
        await iterator.return?.();
        throw thrown;
      }
      if (++this.#flood >= LOOK) await this.#breathe();
    }
  }

  /** A stream that is never at a loss would keep the host from everything else. */
  async #breathe(): Promise<void> {
    const turn = () => {
      this.#flood = 0;
      this.#looking = false;
    };
    if (!this.#looking) {
      this.#looking = true;
      systemClock.setTimeout(turn, 0);
    }
    if (this.#flood >= BREATH) await systemClock.sleep(0);
  }

  #close(iterator: AsyncIterator<T>, signal: AbortSignal, { signal: run, late }: Following<T>): void {
    const done = Promise.resolve()
      .then(() => iterator.return?.())
      .then(
        () => {},
        (thrown) => {
          if (!isConsequence(thrown, signal)) late(errorOf(thrown));
        },
      )
      .finally(() => {
        this.#closing = undefined;
      });
    this.#closing = { run, done };
  }
}

/** Whether nobody wants more, and who is woken then. */
interface Left {
  is: boolean;
  wake: () => void;
  readonly signal: AbortSignal;
  readonly late: (error: Error) => void;
  readonly release: Release;
}

function untilLeft<T>({ signal, whenUnwanted, late }: Following<T>, own: AbortController): Left {
  const leave = () => {
    left.is = true;
    own.abort(signal.reason);
    left.wake();
  };
  const forget = whenUnwanted(leave);
  const release = () => {
    forget();
    signal.removeEventListener('abort', leave);
  };
  const left: Left = { is: false, wake: () => {}, signal: own.signal, late, release };
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  return left;
}

/** By hand and not by a race: one with a promise that lives long would keep every value. */
function nextOf<T>(iterator: AsyncIterator<T>, left: Left): Promise<IteratorResult<T> | typeof LEFT> {
  return new Promise((resolve, reject) => {
    left.wake = () => resolve(LEFT);
    const failed = (thrown: unknown) => {
      if (left.is && !isConsequence(thrown, left.signal)) left.late(errorOf(thrown));
      reject(thrown);
    };
    if (left.is) resolve(LEFT);
    else iterator.next().then(resolve, failed);
  });
}

/** @throws SPECTER_INVALID_ARGUMENT for what is no stream, as the promise of a method without its `*` */
function iteratorOf<T>(stream: AsyncIterable<T>): AsyncIterator<T> {
  if (typeof stream?.[Symbol.asyncIterator] === 'function') return stream[Symbol.asyncIterator]();
  if (isThenable(stream))
    stream.then(
      () => {},
      () => {},
    );
  const expected =
    'an async generator (async *method() { ... }) or another async iterable; what gives one value at a time is a @Poll';
  throw new InvalidArgumentError('@Stream()', expected, stream);
}
