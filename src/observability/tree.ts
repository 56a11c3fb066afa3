// The live ownership tree: who owns which timer, listener, task, socket and process, as data and as text.
import { listed } from '../kernel/counted.js';
import type { Runner } from '../kernel/runner.js';
import type { OwnershipNode } from '../kernel/scope.js';
import { printable } from './printable.js';

/** The tree of one application. */
export interface OwnershipTree {
  readonly name: string;
  readonly children: readonly OwnershipNode[];
  toText(): string;
}

/** Names the roots of a tree. */
export function ownershipTree(name: string, children: readonly OwnershipNode[]): OwnershipTree {
  return {
    name,
    children,
    toText: () => [name, ...children.flatMap((child, i) => linesOf(child, i === children.length - 1))].join('\n'),
  };
}

/** What keeps others from stopping, each with what it has open; of what has stopped, what was left behind. */
export function blockersOf(units: readonly Blocking[]): string {
  const left = units.filter(({ runner }) => runner?.phase === 'stopped');
  const stopping = units.filter(({ runner }) => runner && !['running', 'stopped'].includes(runner.phase));
  const trees = stopping.map(({ name, runner }) =>
    ownershipTree(`${name} (${runner?.phase})`, runner?.scope.tree() ?? []).toText(),
  );
  const waiting = units.filter((unit) => !stopping.includes(unit) && !left.includes(unit)).map(({ name }) => name);
  return [
    ...left.flatMap(leftOf),
    ...trees,
    ...(waiting.length > 0 ? [`Not stopped yet, because of them: ${waiting.join(', ')}`] : []),
  ].join('\n');
}

/** Who is stopping, each with the tasks that it still has: `Mails (job 12)`. */
export function stoppingOf(units: readonly Blocking[]): readonly string[] {
  return units.flatMap(({ name, runner }) => {
    if (runner?.phase !== 'stopping') return [];
    const tasks = tasksOf(runner.scope.tree());
    return printable(tasks.length === 0 ? name : `${name} (${listed(tasks)})`);
  });
}

function tasksOf(nodes: readonly OwnershipNode[]): readonly string[] {
  return nodes.flatMap(({ kind, label, children }) => {
    if (children.length > 0) return tasksOf(children);
    return kind === 'task' ? [label] : [];
  });
}

function leftOf({ name, runner }: Blocking): string[] {
  return (runner?.overran ?? []).map((what) => printable(`${name}: ${what.replace(`${name}.`, '')}`));
}

interface Blocking {
  readonly name: string;
  readonly runner: Runner | undefined;
}

function linesOf(node: OwnershipNode, last: boolean): string[] {
  const title = node.kind === 'child' ? node.label : `${node.kind} ${node.label}`;
  const own = `${last ? '└─ ' : '├─ '}${printable(title)}${node.birth ? `  (${node.birth})` : ''}`;
  const below = node.children.flatMap((child, i) => linesOf(child, i === node.children.length - 1));
  return [own, ...below.map((line) => `${last ? '   ' : '│  '}${line}`)];
}
