// How often tests of real processes are repeated: RELIABILITY_SCALE times as often before a release.

/** So many, times RELIABILITY_SCALE. */
export function scaled(count: number): number {
  return Math.max(1, Math.round(count * Number(process.env.RELIABILITY_SCALE ?? 1)));
}

/** Does `work` so many times, no more than `width` of them side by side. */
export async function repeat(count: number, work: () => Promise<unknown>, width = 3): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
}
