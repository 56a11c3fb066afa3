// The environment of a child: what it needs to work, and what it was given; no secret of its parent.

/** What every child gets, when the parent has it. */
export const PASSED = ['PATH', 'HOME', 'LANG', 'TZ', 'NODE_ENV'] as const;

/** By which the testing kit finds what was left behind; and what Windows needs to start anything. */
const ALSO = ['SPECTER_RUN', 'SystemRoot'] as const;

/** Names what belongs to a process, children of children included. */
export const MARK = 'SPECTER_PROCESS';

export type Variables = Readonly<Record<string, string | undefined>>;

/** @param own - added; `undefined` takes one away @param mark - stands behind the marks that this process has itself */
export function environmentOf(own: Variables, mark: string): Record<string, string> {
  const passed = [...PASSED, ...ALSO].map((key) => [key, process.env[key]] as const);
  const outer = process.env[MARK];
  const marked = [MARK, outer ? `${outer}/${mark}` : mark] as const;
  const all = [...new Map([...passed, ...Object.entries(own), marked])];
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
