// The dependency graph as data and as Mermaid text.

/** One service, value or factory, and whom it needs. */
export interface GraphNode {
  readonly name: string;
  readonly needs: readonly string[];
}

/** Who needs whom. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Pairs of names: the first needs the second. */
  readonly edges: readonly (readonly [from: string, to: string])[];
  /** For a Markdown page: put it in a code block of the language `mermaid`. */
  toMermaid(): string;
}

interface Node {
  readonly name: string;
  readonly needs: ReadonlySet<Node>;
}

/** Describes units by their names. */
export function graphOf(units: readonly Node[]): Graph {
  const nodes = units.map(({ name, needs }) => ({ name, needs: [...needs].map((needed) => needed.name) }));
  const edges = nodes.flatMap(({ name, needs }) => needs.map((needed) => [name, needed] as const));
  return { nodes, edges, toMermaid: () => mermaid(nodes, edges) };
}

/** Whom each starts after, and whom it stops after, by name. */
export function ordersOf(units: readonly Node[]): Record<'needs' | 'neededBy', (name: string) => readonly string[]> {
  const needs = new Map<string, string[]>();
  const neededBy = new Map<string, string[]>();
  for (const unit of units) {
    needs.set(unit.name, []);
    neededBy.set(unit.name, []);
  }
  for (const { name, needs: needed } of units) {
    for (const other of needed) {
      needs.get(name)?.push(other.name);
      neededBy.get(other.name)?.push(name);
    }
  }
  return { needs: (name) => needs.get(name) ?? [], neededBy: (name) => neededBy.get(name) ?? [] };
}

/** Names may hold anything, so nodes get numbers. */
function mermaid(nodes: readonly GraphNode[], edges: Graph['edges']): string {
  const ids = new Map(nodes.map(({ name }, i) => [name, `n${i}`]));
  const boxes = nodes.map(({ name }) => `  ${ids.get(name)}["${name.replaceAll('"', "'")}"]`);
  const arrows = edges.map(([from, to]) => `  ${ids.get(from)} --> ${ids.get(to)}`);
  return ['graph LR', ...boxes, ...arrows].join('\n');
}
