// Streams as answers: what they give must be bytes or text, and what fails before the first of it is an error like any other.
import { once } from 'node:events';
import { pipeline, Readable, Transform } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { SpecterError } from '../kernel/errors.js';

/** A stream that was to be an answer cannot be sent. */
export class BrokenStreamError extends SpecterError {
  constructor(why: string) {
    super('SPECTER_BROKEN_STREAM', `The stream that is the answer ${why}.`);
  }
}

function objectsError(): BrokenStreamError {
  return new BrokenStreamError(
    'gives objects, and only bytes and text can be sent: return an async iterable for events, or pipe it through JSON text',
  );
}

/** The same stream; one that may give objects is followed by a check, since node would end the process when one is written. */
export function bytesOnly(stream: Readable): Readable {
  return stream.readableObjectMode === true ? checked(stream) : stream;
}

function checked(source: Readable): Readable {
  const check = new Transform({
    writableObjectMode: true,
    transform(chunk, _encoding, done) {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) done(null, chunk);
      else done(objectsError());
    },
  });
  // What goes wrong with one goes on to the other.
  return pipeline(source, check, () => {});
}

/** Whatever it gives is looked at before it is sent; one piece ahead is enough. */
const WEB = { objectMode: true, highWaterMark: 1 };

/** A stream of the web as one of Node. */
export function fromWeb(stream: WebStream): Readable {
  return Readable.fromWeb(stream, WEB);
}

/** Resolves with the first bytes, or the end. Rejects with what it failed with, also when there were bytes: none of them has been sent. */
export async function begun(stream: Readable): Promise<void> {
  if (stream.readableLength === 0 && !stream.readableEnded && !stream.destroyed) await happening(stream);
  failEarly(stream);
}

/** @throws what a stream failed with that nobody has begun to send */
export function failEarly(stream: Readable): void {
  if (stream.errored) throw stream.errored;
  if (stream.destroyed && !stream.readableEnded) throw new BrokenStreamError('was closed before its end');
}

async function happening(stream: Readable): Promise<void> {
  const waits = new AbortController();
  const events = ['readable', 'end', 'close'].map((event) => once(stream, event, { signal: waits.signal }));
  await Promise.race(events).finally(() => waits.abort());
}
