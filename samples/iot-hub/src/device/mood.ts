// Mood: how a simulated device misbehaves.

export const MOODS = ['steady', 'flapping', 'hanging', 'dying'] as const;
export type Mood = (typeof MOODS)[number];

const SECOND = 1_000;

/** Does nothing to a steady one; sooner or later a flapping one leaves, a hanging one falls silent, a dying one is killed. */
export function befall(mood: Mood, fallSilent: () => void): void {
  if (mood === 'flapping') later(5, 15, () => process.exit(1));
  if (mood === 'hanging') later(10, 30, fallSilent);
  if (mood === 'dying') later(20, 60, () => process.kill(process.pid, 'SIGKILL'));
}

function later(least: number, most: number, happen: () => void): void {
  setTimeout(happen, (least + Math.random() * (most - least)) * SECOND);
}
