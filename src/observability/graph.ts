// The dependency graph as data, as Mermaid text and as SVG.
import { graphSvg } from './graph-svg.js';
import { printable } from './printable.js';

/** One service, value or factory, and whom it needs. */
export interface GraphNode {
  readonly name: string;
  readonly needs: readonly string[];
  /** `service`, `controller`, ...; of what is no class: `value`, `factory`, `alias` or `part`. */
  readonly role?: string | undefined;
  readonly module?: string | undefined;
}

/** Who needs whom. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Pairs of names: the first needs the second. */
  readonly edges: readonly (readonly [from: string, to: string])[];
  /** For a Markdown page: put it in a code block of the language `mermaid`. */
  toMermaid(): string;
  /**
   * A picture that needs nothing else, light or dark as its reader has it: dependencies left, those who need them right.
   *
   * @example
   * import { writeFile } from 'node:fs/promises';
   * await writeFile('graph.svg', app.graph().toSvg());
   */
  toSvg(): string;
}

interface Node {
  readonly name: string;
  readonly needs: ReadonlySet<Node>;
  readonly role?: string | undefined;
  readonly module?: string | undefined;
}

/** Describes units by their names. */
export function graphOf(units: readonly Node[]): Graph {
  const nodes = units.map(({ name, needs, role, module }) => ({
    name,
    needs: [...needs].map((needed) => needed.name),
    role,
    module,
  }));
  const edges = nodes.flatMap(({ name, needs }) => needs.map((needed) => [name, needed] as const));
  return { nodes, edges, toMermaid: () => mermaid(nodes, edges), toSvg: () => graphSvg(nodes) };
}

/** What a timeline asks of a graph, by name. */
export interface Orders {
  /** Whom it starts after. */
  needs(name: string): readonly string[];
  /** Whom it stops after. */
  neededBy(name: string): readonly string[];
  roleOf(name: string): string | undefined;
}

export function ordersOf(units: readonly Node[]): Orders {
  const needs = new Map(units.map(({ name, needs: some }) => [name, [...some].map((needed) => needed.name)]));
  const neededBy = new Map(units.map(({ name }) => [name, [] as string[]]));
  for (const [name, some] of needs) for (const needed of some) neededBy.get(needed)?.push(name);
  const roles = new Map(units.map(({ name, role }) => [name, role]));
  return {
    needs: (name) => needs.get(name) ?? [],
    neededBy: (name) => neededBy.get(name) ?? [],
    roleOf: (name) => roles.get(name),
  };
}

/** Names may hold anything, so nodes get numbers. */
function mermaid(nodes: readonly GraphNode[], edges: Graph['edges']): string {
  const ids = new Map(nodes.map(({ name }, i) => [name, `n${i}`]));
  const boxes = nodes.map(({ name }) => `  ${ids.get(name)}["${printable(name).replaceAll('"', "'")}"]`);
  const arrows = edges.map(([from, to]) => `  ${ids.get(from)} --> ${ids.get(to)}`);
  return ['graph LR', ...boxes, ...arrows].join('\n');
}
