// The fields of a log line: what an event carries, without what another line has told already.
import type { LifecycleEvent } from '../kernel/events.js';

/** These come after another event with the same error. */
const REPEATING: ReadonlySet<string> = new Set(['rolling-back', 'restarting']);

/** What an event carries besides its text. A timeline is its own text. */
export function fieldsOf(event: LifecycleEvent): object {
  const { at: _, ...fields } = event as LifecycleEvent & Record<string, unknown>;
  if (event.type === 'timeline') return { type: event.type };
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => shown(event.type, name, value)));
}

function shown(type: string, name: string, value: unknown): [string, unknown][] {
  if (name === 'failures' && Array.isArray(value) && value.length === 0) return [];
  if (name === 'error' && REPEATING.has(type)) return [[name, briefly(value)]];
  return [[name, name === 'duration' && typeof value === 'number' ? Math.round(value * 10) / 10 : value]];
}

function briefly(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, code } = error as NodeJS.ErrnoException;
  return { type: name, message, ...(code === undefined ? {} : { code }) };
}

/** The lines of a stack that say more than the text above them. */
export function framesBelow(text: string, { stack = '', message }: { stack?: string; message?: string }): string {
  if (!message || !text.includes(message)) return stack;
  const at = stack.indexOf(message);
  return at < 0 ? stack : stack.slice(at + message.length).replace(/^\n/, '');
}

/** The message of an error alone: where its cause says more, the sentence does already, and the stack has both. */
export function withoutCauses(serialize: (error: Error) => object): (error: Error) => object {
  return (error) => {
    if (!('stack' in Object(error))) return error;
    const shown = serialize(error);
    if (shown === error) return shown;
    // The faults of a boot are in its message already.
    const told = shown as { aggregateErrors?: readonly { message: string }[] | undefined };
    if (told.aggregateErrors?.every(({ message }) => error.message.includes(firstLine(message))))
      told.aggregateErrors = undefined;
    return Object.assign(shown, { message: error.message });
  };
}

/** The rest is indented there, or its cure is told once for all. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.split('. ', 1)[0] ?? '';
}
