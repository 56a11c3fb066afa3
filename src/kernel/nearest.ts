// The names closest to a misspelt one, for suggestions in errors.

/** At most three of `names`, the closest first, none further away than a third of its letters (two at least, one for very short ones). */
export function nearest(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  return [...new Set(names)]
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => candidate !== name && distance <= tolerance(candidate))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Two letters exchanged are two edits; in a word of three letters that would be another word. */
function tolerance(candidate: string): number {
  return candidate.length < 4 ? 1 : Math.max(2, candidate.length / 3);
}

/** Edits from one word to the other (Levenshtein), one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replace);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
