// counted: a number with its noun, as people write it.

/** `1 fault`, `2 faults`. @param noun - one that only takes an s */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What there is once is just that: `"say"`, `2 × "say"`. */
export function times(count: number, what: string): string {
  return count === 1 ? what : `${count} × ${what}`;
}

/** A list in which what comes several times is said once: `['a', 'b', 'a']` is `['2 × a', 'b']`. */
export function tallied(all: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const what of all) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts].map(([what, count]) => times(count, what));
}

/** How many of a list are named. */
const NAMED = 5;

/** The first of a list, and how many more there are: `a, b, c, d, e and 3 more`. */
export function listed(all: readonly string[]): string {
  const named = all.slice(0, NAMED).join(', ');
  return all.length > NAMED ? `${named} and ${all.length - NAMED} more` : named;
}
