// The `@example` blocks in the comments of the sources, as files that compile.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { asTest, type Example, hasClaims, importsFor, TEMPORARY } from './examples.js';
import { exportsOf } from './exports.js';
import { ROOT } from './markdown.js';

/** What examples take from the application around them, which a reader supplies. */
export const WORLD = `
import 'specter-runtime';
declare module 'specter-runtime' {
  // Some examples declare events, and all are one program.
  interface SocketEvents { [other: string]: unknown }
}
declare global {
  const AppModule: new () => object;
  const DiskModule: new () => object;
  const app: import('specter-runtime').Application;
  const bus: import('specter-runtime').Bus;
  const clock: import('specter-runtime').Clock;
  const registry: import('specter-runtime').Registry;
  const sockets: import('specter-runtime').Sockets;
  const storage: import('specter-runtime').Storage;
  const scope: import('specter-runtime').Scope;
  const session: import('specter-runtime').Session;
  const thumbs: import('specter-runtime').QueueService<{ file: string }, string>;
  const signal: AbortSignal;
  const GREETING: import('specter-runtime').TypedToken<string>;
  class Disk { free(): number; }
  const fakeDisk: Disk;
  class Greeter {}
  class NewTodo { text: string; }
  const TodoController: typeof import('./server.js').TodoController;
  class Todos { add(todo: NewTodo): string; }
  class NewFilm { title: string; }
  interface Camera { readonly id: string }
  const camera: Camera;
  interface HdmiStatus { readonly signal: boolean }
  function readStatus(): Promise<HdmiStatus>;
  function scan(disk: unknown): void;
  function scanDrives(): Promise<string[]>;
  function readCover(id: string): Promise<Buffer>;
  function report(...what: unknown[]): void;
  function openFile(path: string): { close(): void };
  const path: string;
  const id: string;
  const input: unknown;
  const gate: { check(input: unknown): unknown };
  const library: { find(id: string): { title: string } | undefined };
}
`;

/** The file that examples of the client import. */
export const SERVER = `
export declare class TodoController { add(todo: { text: string }): { id: number } }
`;

/** Decorators of methods: an example that begins with one stands inside a class. */
const INSIDE_CLASS =
  /^(?:@(?!Service|Controller|Handler|Watcher|Queue|Module|Config|Guard|Use)\w+\(|constructor\(|private |readonly |protected |create\()/;
const RETURNS = /^\s*(?:return|throw) /m;

/** Every example of every comment. */
export function tsdocExamples(): Example[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .flatMap(examplesIn);
}

function examplesIn(file: string): Example[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const from = relative(join(TEMPORARY, 'examples'), join(ROOT, file)).replace(/\.ts$/, '.js');
  const own = exportsOf(file).map((one) => ({ ...one, from }));
  return [...text.matchAll(/@example\n((?: *\*(?!\/)(?! @(?:param|returns|throws|default|example)\b).*\n)+)/g)].map(
    (match) => {
      const line = text.slice(0, match.index).split('\n').length + 1;
      const code = (match[1] as string).trimEnd().split('\n');
      const lines = code.map((one, i) => ({ text: one.replace(/^ *\* ?/, ''), from: `${file}:${line + i}` }));
      const name = `${file.replace(/[^\w]+/g, '-')}-${line}.ts`;
      const title = `${file}:${line}`;
      const imports = importsFor(lines, own);
      if (hasClaims(lines)) return { title, file: name, runs: true, lines: asTest(title, [...imports, ...lines]) };
      return { title, file: name, runs: false, lines: [...imports, ...around(lines)] };
    },
  );
}

function around(lines: readonly { text: string; from: string }[]): { text: string; from?: string }[] {
  const code = lines.map(({ text }) => text).join('\n');
  if (INSIDE_CLASS.test(code)) {
    const base = code.startsWith('constructor') ? '' : 'extends Lifecycle<any> ';
    return [{ text: `export class Example ${base}{ [name: string]: any;` }, ...lines, { text: '}' }];
  }
  if (/^(?:declare module|import )/m.test(code)) return [...lines, { text: 'export {};' }];
  const returns = RETURNS.test(code.replace(/\{[\s\S]*\}/, ''));
  return [
    { text: `export async function example(this: Lifecycle)${returns ? ': Promise<unknown>' : ''} {` },
    ...lines,
    { text: '}' },
  ];
}
