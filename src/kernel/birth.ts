// Birth: the file and line outside the framework at which something was acquired.

/** The folder of the framework's own code, as it shows in this host's stack traces. */
const FRAMEWORK = frameworkFolder(new Error('where am I').stack ?? '');

/** Remembers where it was made; the text is only built when somebody asks. */
export class Birth {
  readonly #here = new Error('birth');

  /** `file:line:column` of the user code that acquired it, when the host tells. */
  get place(): string | undefined {
    const frames = (this.#here.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
    const outside = frames.find(
      (frame) => hasFile(frame) && !isOurs(frame) && !frame.includes('node_modules') && !frame.includes('node:'),
    );
    return outside === undefined ? undefined : placeOf(outside);
  }
}

/** `new Promise (<anonymous>)` and the like are the host's own. */
function hasFile(frame: string): boolean {
  return /:\d+:\d+\)?$/.test(frame.trimEnd());
}

function isOurs(frame: string): boolean {
  return FRAMEWORK !== '' && frame.includes(FRAMEWORK);
}

function placeOf(frame: string): string {
  const inside = /\((.*)\)\s*$/.exec(frame)?.[1] ?? frame.trim().replace(/^at (async )?/, '');
  return inside.replace(/^file:\/\//, '');
}

function frameworkFolder(stack: string): string {
  return /((?:file:\/\/)?[^\s()]*[\\/])kernel[\\/]birth\.[cm]?[jt]s/.exec(stack)?.[1] ?? '';
}
