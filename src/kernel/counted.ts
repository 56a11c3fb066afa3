// counted: a number with its noun, as people write it.

/** `1 fault`, `2 faults`. @param noun - one that only takes an s */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
