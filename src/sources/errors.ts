// SourceError: a source could not give a value; what it saw, and what to do.
import { type ErrorCode, SpecterError } from '../kernel/errors.js';

/** A file, a folder or a server did not give what was asked of it. */
export class SourceError extends SpecterError {
  /** Milliseconds after which it may be asked again, if it said so; a watcher waits that long. */
  readonly retryAfter: number | undefined;

  constructor(where: string, what: string, more: { cause?: unknown; retryAfter?: number } = {}) {
    super(
      'SPECTER_SOURCE' satisfies ErrorCode,
      `${where} ${what}`,
      more.cause === undefined ? {} : { cause: more.cause },
    );
    this.retryAfter = more.retryAfter;
  }
}

const ABSENT = ['ENOENT', 'ENOTDIR'];

/** What a look at a file gave, or undefined when nothing is there. @throws what else went wrong */
export async function unlessAbsent<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (thrown) {
    if (ABSENT.includes((thrown as { code?: string }).code ?? '')) return undefined;
    throw thrown;
  }
}
