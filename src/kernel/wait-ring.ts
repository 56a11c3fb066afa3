// A ring of waits: whether what somebody waits for can only come after that somebody.

/** The way from the waiter over what it waits for back to itself; undefined when there is none. @param needs - who must come before whom */
export function ringOf(
  waiter: string,
  target: string,
  needs: (name: string) => Iterable<string>,
): readonly string[] | undefined {
  const cameFrom = new Map([[target, waiter]]);
  for (const [name] of cameFrom) {
    if (name === waiter) return wayTo(waiter, cameFrom);
    for (const next of needs(name)) if (!cameFrom.has(next)) cameFrom.set(next, name);
  }
  return undefined;
}

/** Read backwards, until it comes to where it began. */
function wayTo(waiter: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const way = [waiter];
  do way.unshift(cameFrom.get(way[0] as string) as string);
  while (way[0] !== waiter);
  return way;
}
