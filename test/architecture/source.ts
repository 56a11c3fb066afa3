// One source file, read once: its imports, its functions and its calls, as the architecture's rules see them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

export interface Import {
  /** As written: './scope.js', 'koa', 'node:http'. */
  readonly from: string;
  /** Whether it is still there at run time. */
  readonly value: boolean;
  /** Whether it is `export * from`. */
  readonly star: boolean;
}

export interface Source {
  /** Relative to `src`, with slashes: 'kernel/scope.ts'. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Functions, methods and accessors that have a name, with their length in lines. */
  readonly functions: readonly { readonly name: string; readonly lines: number }[];
  /** Calls with the callee as written, its last two names: 'setTimeout', 'logger.info'. */
  readonly calls: readonly string[];
  /** The strings that calls are given first: 'koa' in `load('koa')`. */
  readonly given: readonly string[];
}

/** Every source below a folder, sorted by path. */
export function readSources(root: string): Source[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .sort()
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')));
}

/** Parses one source; exported so that a rule can be tried on a bad one. */
export function parseSource(path: string, text: string): Source {
  // The leading semicolon marks where the parser's offsets begin: they count on from file to file, in bytes.
  const module = parseSync(`;${text}`, { syntax: 'typescript', decorators: true, target: 'es2022' });
  const bytes = Buffer.from(`;${text}`);
  const reader = new Reader(
    (offset) =>
      bytes
        .subarray(0, offset - module.span.start)
        .toString()
        .split('\n').length,
  );
  reader.read(module, undefined);
  const { imports, functions, calls, given } = reader;
  return { path, text, lines: text.trimEnd().split('\n').length, imports, functions, calls, given };
}

type Tree = { readonly type?: string; readonly span?: { start: number; end: number } } & Record<string, unknown>;

const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'ClassMethod',
  'PrivateMethod',
  'Constructor',
  'MethodProperty',
  'GetterProperty',
  'SetterProperty',
]);
const CLOSURES = new Set(['ArrowFunctionExpression', 'FunctionExpression']);

class Reader {
  readonly imports: Import[] = [];
  readonly functions: { name: string; lines: number }[] = [];
  readonly calls: string[] = [];
  readonly given: string[] = [];

  constructor(private readonly lineAt: (offset: number) => number) {}

  /** Walks the whole tree; `name` is what a variable or property above would call a function here. */
  read(node: unknown, name: string | undefined): void {
    if (!isTree(node)) return;
    if (Array.isArray(node)) return this.readAll(node);
    this.note(node, name);
    const given =
      node.type === 'VariableDeclarator' || node.type === 'ClassProperty' ? nameOf(node.id ?? node.key) : undefined;
    for (const [key, child] of Object.entries(node)) if (key !== 'span') this.read(child, given);
  }

  private readAll(nodes: readonly unknown[]): void {
    for (const node of nodes) this.read(node, undefined);
  }

  private note(node: Tree, name: string | undefined): void {
    if (node.type === 'CallExpression') this.noteCall(node);
    else if (node.type?.startsWith('Import') || node.type?.startsWith('Export')) this.noteImport(node);
    else if (FUNCTIONS.has(node.type ?? ''))
      this.noteFunction(node, nameOf(node.identifier ?? node.key) ?? 'constructor');
    else if (CLOSURES.has(node.type ?? '') && name !== undefined) this.noteFunction(node, name);
  }

  private noteFunction(node: Tree, name: string): void {
    if (node.span) this.functions.push({ name, lines: this.lineAt(node.span.end) - this.lineAt(node.span.start) + 1 });
  }

  private noteImport(node: Tree): void {
    const from = (node.source as { value?: string } | null | undefined)?.value;
    if (from === undefined) return;
    this.imports.push({ from, value: node.typeOnly !== true, star: node.type === 'ExportAllDeclaration' });
  }

  private noteCall(node: Tree): void {
    const callee = node.callee as Tree;
    const first = (node.arguments as { expression: { type: string; value?: unknown } }[])[0]?.expression;
    const called = callee.type === 'Import' ? 'import' : writtenAs(callee);
    this.calls.push(called);
    if (typeof first?.value !== 'string') return;
    if (called === 'import') this.imports.push({ from: first.value, value: true, star: false });
    else this.given.push(first.value);
  }
}

function isTree(node: unknown): node is Tree {
  return typeof node === 'object' && node !== null;
}

function nameOf(node: unknown): string | undefined {
  return isTree(node) ? String(node.value ?? nameOf(node.id) ?? 'computed') : undefined;
}

/** `this.#log.info` -> 'log.info': the last two names, without `#`. */
function writtenAs(node: Tree): string {
  if (node.type === 'Identifier') return String(node.value);
  if (node.type === 'OptionalChainingExpression') return writtenAs(node.base as Tree);
  if (node.type !== 'MemberExpression') return '';
  const object = writtenAs(node.object as Tree)
    .split('.')
    .at(-1);
  return `${object}.${nameOf(node.property)}`;
}
