// Birth: the file and line outside the framework at which something was acquired.

/** The folder of the framework's own code, as it shows in this host's stack traces. */
const FRAMEWORK = frameworkFolder(new Error('where am I').stack ?? '');

/** Remembers where it was made; the text is only built when somebody asks. */
export class Birth {
  readonly #here = new Error('birth');

  /** `file:line:column` of the user code that acquired it, when the host tells. */
  get place(): string | undefined {
    return this.frames.find(({ of }) => of === 'user')?.place;
  }

  /** The way to it, the innermost first. */
  get frames(): readonly Frame[] {
    return framesOf(this.#here);
  }
}

/** The stack of an error, call by call. */
export function framesOf({ stack = '' }: Error): readonly Frame[] {
  const lines = stack.split('\n').filter((line) => line.trimStart().startsWith('at '));
  return lines.map((line) => ({ of: whose(line), name: nameIn(line), place: placeOf(line), line }));
}

/** One call on the way, and whose code it stands in. */
export interface Frame {
  readonly of: 'framework' | 'user' | 'others';
  /** Of the function, when it has one. */
  readonly name: string | undefined;
  readonly place: string;
  /** As the host writes it. */
  readonly line: string;
}

function whose(frame: string): Frame['of'] {
  if (isOurs(frame)) return 'framework';
  return hasFile(frame) && !frame.includes('node_modules') && !frame.includes('node:') ? 'user' : 'others';
}

/** `new Promise (<anonymous>)` and the like are the host's own. */
function hasFile(frame: string): boolean {
  return /:\d+:\d+\)?$/.test(frame.trimEnd());
}

function isOurs(frame: string): boolean {
  return FRAMEWORK !== '' && frame.includes(FRAMEWORK);
}

function nameIn(frame: string): string | undefined {
  return /^\s*at (?:async )?(\S+) \(/.exec(frame)?.[1];
}

function placeOf(frame: string): string {
  const inside = /\((.*)\)\s*$/.exec(frame)?.[1] ?? frame.trim().replace(/^at (async )?/, '');
  return inside.replace(/^file:\/\//, '');
}

function frameworkFolder(stack: string): string {
  return /((?:file:\/\/)?[^\s()]*[\\/])kernel[\\/]birth\.[cm]?[jt]s/.exec(stack)?.[1] ?? '';
}
