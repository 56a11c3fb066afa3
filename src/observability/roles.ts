// Roles in pictures: which colour each has, and the legend.
import { element, label, widthOf } from './svg.js';

const COLOURED = new Set(['service', 'controller', 'handler', 'watcher', 'config']);
const PLAIN = new Set(['value', 'factory', 'alias', 'part']);

/** The name of the colour in the style of all pictures. */
export function colourOf(role: string | undefined): string {
  if (role === undefined || PLAIN.has(role)) return 'value';
  return COLOURED.has(role) ? role : 'other';
}

/** How to fill something with the colour of a role. */
export function fillOf(role: string | undefined): string {
  return `fill:var(--${colourOf(role)})`;
}

/** A row of dots with names, most frequent first; nothing when no role is known. */
export function legend(roles: readonly (string | undefined)[], x: number, y: number): string[] {
  const counts = new Map<string, number>();
  for (const role of roles) if (role !== undefined) counts.set(role, (counts.get(role) ?? 0) + 1);
  let at = x;
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([role, count]) => {
      const dot = element('circle', { cx: at + 4, cy: y - 4, r: 4, style: fillOf(role) });
      const text = `${role} ${count}`;
      const name = label(text, { class: 'soft small', x: at + 14, y });
      at += 14 + widthOf(text, 11) + 18;
      return dot + name;
    });
}
