// Rounds: everybody once in each, in rotated order, and ratios that are taken inside a round.

/**
 * Measures everybody in turn: A B C, B C A, C A B, ...
 *
 * @param measure - gives the figures of one program in one round, by name
 * @returns one record per round: figures by program
 */
export async function inRounds(programs, rounds, measure) {
  const samples = [];
  for (let round = 0; round < rounds; round++) {
    const figures = {};
    for (const program of rotated(programs, round)) figures[program] = await measure(program);
    samples.push(figures);
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  return samples;
}

function rotated(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

/** { median, low, high }: the low and high quartile. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => {
    const place = (sorted.length - 1) * share;
    const below = sorted[Math.floor(place)];
    return below + (sorted[Math.ceil(place)] - below) * (place % 1);
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** How one program's figure spreads over the rounds. `pick` takes the figure out of what was measured. */
export function spreadOf(samples, program, pick) {
  return spread(samples.map((round) => pick(round[program])));
}

/** How the ratio of one program to another, each taken inside its round, spreads. */
export function ratioOf(samples, program, reference, pick) {
  return spread(samples.map((round) => pick(round[program]) / pick(round[reference])));
}
