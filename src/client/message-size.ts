// messageSize: how many bytes go over a socket for some values, at least, in the largest of their messages.

/** What comes before the values: the kinds of two packets, and the number of the question. */
const HEAD = 3;

/** Bytes among the values go as messages of their own. */
export function messageSize(values: readonly unknown[]): number {
  let largest = 0;
  const text = JSON.stringify(values, function (this: Record<string, { byteLength?: number } | null>, key, value) {
    // A Buffer has made a list of itself by now.
    const size = this[key]?.byteLength;
    if (size === undefined) return value;
    largest = Math.max(largest, size);
    return null;
  });
  return Math.max(largest, encodeURIComponent(text).replace(/%../g, '.').length + HEAD);
}
