// The environment of a child: what it needs to work, and what it was given; no secret of its parent.

/** What every child gets, when the parent has it. */
export const PASSED = ['PATH', 'HOME', 'LANG', 'TZ', 'NODE_ENV'] as const;

/** Names what belongs to a process, children of children included; as it stands in the environment. */
export const MARK = 'SPECTER_PROCESS=';

export type Variables = Readonly<Record<string, string | undefined>>;

/** The marks that this process carries itself. */
export function ownMarks(): readonly string[] {
  return process.env.SPECTER_PROCESS?.split('/') ?? [];
}

/** @param own - added; `undefined` takes one away @param mark - stands behind those that this process has itself */
export function environmentOf(own: Variables, mark: string): Record<string, string> {
  const passed = PASSED.map((key) => [key, process.env[key]] as const);
  // The testing kit finds by the first what was left behind, and Windows starts nothing without the second.
  const { SPECTER_RUN, SystemRoot } = process.env;
  const SPECTER_PROCESS = [...ownMarks(), mark].join('/');
  const all = Object.entries({ ...Object.fromEntries(passed), SPECTER_RUN, SystemRoot, ...own, SPECTER_PROCESS });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
