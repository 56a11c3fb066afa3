// The architecture's rules: each takes the sources and a table, and returns one sentence per violation.

import { dirname, join } from 'node:path';
import type { Source } from './source.js';

type Files = readonly Source[];

const valueImports = (source: Source) => source.imports.filter((found) => found.value);

/** './scope.js' in 'kernel/task.ts' -> 'kernel/scope.ts'. */
function target(source: Source, from: string): string {
  return join(dirname(source.path), from).replaceAll('\\', '/').replace(/\.js$/, '.ts');
}

const internalImports = (source: Source) =>
  source.imports
    .filter(({ from }) => from.startsWith('.'))
    .map((found) => ({ ...found, to: target(source, found.from) }));

/** 'kernel/scope.ts' -> 'kernel'; a file directly in src belongs to the roof. */
const folder = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : 'roof');

/** Imports point down: from a folder only into itself and into the folders its row lists; `sideways` lists single arrows. */
export function upwardImports(
  files: Files,
  floors: Readonly<Record<string, readonly string[]>>,
  sideways: readonly string[],
): string[] {
  return files.flatMap((source) => {
    const home = folder(source.path);
    if (!floors[home]) return [`${source.path}: the folder ${home} has no floor`];
    const allowed = new Set([home, ...floors[home]]);
    return internalImports(source)
      .filter(({ to }) => !allowed.has(folder(to)) && !sideways.includes(`${source.path} -> ${to}`))
      .map(({ to }) => `${source.path} imports ${to}`);
  });
}

/** A package is imported or required by value in its door alone; a package without a door is not imported at all. */
export function sideDoors(files: Files, doors: Readonly<Record<string, string>>): string[] {
  return files.flatMap((source) =>
    [
      ...valueImports(source).map(({ from }) => from),
      ...source.given.filter((name) => Object.hasOwn(doors, packageOf(name))),
    ]
      .filter((from) => !from.startsWith('.') && !from.startsWith('node:'))
      .filter((from) => doors[packageOf(from)] !== source.path)
      .map((from) => `${source.path} imports ${from}, whose door is ${doors[packageOf(from)] ?? 'nowhere'}`),
  );
}

const packageOf = (from: string) =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');

/** Folders that run anywhere name no module of Node's, not even for a type. */
export function platformImports(files: Files, folders: readonly string[]): string[] {
  return files.flatMap((source) =>
    source.imports
      .filter(({ from }) => folders.includes(folder(source.path)) && from.startsWith('node:'))
      .map(({ from }) => `${source.path} imports ${from}`),
  );
}

/** A module of Node's that only listed files may import. */
export function hostImports(files: Files, name: string, doors: readonly string[]): string[] {
  return files
    .filter((source) => !doors.includes(source.path) && valueImports(source).some(({ from }) => from === name))
    .map(({ path }) => `${path} imports ${name}, whose door is ${doors[0] ?? 'nowhere'}`);
}

/** A cycle of imports that exist at run time, as one path each. */
export function valueCycles(files: Files): string[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      internalImports(file)
        .filter(({ value }) => value)
        .map(({ to }) => to),
    ]),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(' -> ')];
    if (done.has(path)) return [];
    const found = (edges.get(path) ?? []).flatMap((next) => visit(next, [...trail, path]));
    done.add(path);
    return found;
  };
  return files.flatMap((file) => visit(file.path, []));
}

/** The only files named index.ts are the entry points; nobody imports one, and nothing is `export *`. */
export function barrels(files: Files, entries: readonly string[]): string[] {
  const strays = files
    .filter(({ path }) => path.endsWith('index.ts') && !entries.includes(path))
    .map(({ path }) => `${path} is no entry point`);
  const imported = files.flatMap((source) =>
    internalImports(source)
      .filter(({ to }) => to.endsWith('index.ts'))
      .map(({ to }) => `${source.path} imports ${to}`),
  );
  const stars = files
    .filter(({ imports }) => imports.some(({ star }) => star))
    .map(({ path }) => `${path} has an export *`);
  return [...strays, ...imported, ...stars];
}

/** File names that say nothing. */
export function emptyNames(files: Files, pattern: RegExp): string[] {
  return files.map(({ path }) => path).filter((path) => pattern.test(path));
}

/** Files are short; `reasons` names the longer ones, none of which passes the hard stop. */
export function longFiles(
  files: Files,
  limit: { readonly lines: number; readonly hard: number },
  reasons: Readonly<Record<string, string>>,
): string[] {
  const long = files.filter(({ path, lines }) => lines > (reasons[path] ? limit.hard : limit.lines));
  const stale = Object.keys(reasons).filter(
    (path) => (files.find((file) => file.path === path)?.lines ?? 0) <= limit.lines,
  );
  return [
    ...long.map(({ path, lines }) => `${path} has ${lines} lines`),
    ...stale.map((path) => `${path} needs no exception`),
  ];
}

/** Functions are short: their median, their ninetieth percentile and each of them. */
export function longFunctions(
  files: Files,
  limit: { readonly median: number; readonly most: number; readonly each: number },
): string[] {
  const all = files
    .flatMap(({ path, functions }) => functions.map((found) => ({ ...found, path })))
    .sort((a, b) => a.lines - b.lines);
  const share = (part: number) => all[Math.floor(part * (all.length - 1))]?.lines ?? 0;
  return [
    ...(share(0.5) > limit.median ? [`the median function has ${share(0.5)} lines`] : []),
    ...(share(0.9) > limit.most ? [`one function in ten has over ${share(0.9) - 1} lines`] : []),
    ...all
      .filter(({ lines }) => lines > limit.each)
      .map(({ path, name, lines }) => `${name} in ${path} has ${lines} lines`),
  ];
}

/** A call that one listed file may make, and no other. `.off` matches a method, `setTimeout` a bare function. */
export function callsElsewhere(files: Files, allowed: Readonly<Record<string, readonly string[]>>): string[] {
  return files.flatMap(({ path, calls }) =>
    Object.entries(allowed)
      .filter(([call, where]) => !where.includes(path) && calls.some((made) => matches(made, call)))
      .map(([call]) => `${path} calls ${call}()`),
  );
}

function matches(made: string, call: string): boolean {
  const bare = made.replace(/^(globalThis|window)\./, '');
  return call.startsWith('.') ? made.endsWith(call) : call.endsWith('.') ? made.startsWith(call) : bare === call;
}

const LOG_CALL = /^(log|logger|pino)\.(trace|debug|info|warn|error|fatal)$/i;

/** Nobody writes log lines: they are one listener of the events. */
export function logCalls(files: Files, logger: string): string[] {
  return files
    .filter(({ path, calls }) => path !== logger && calls.some((made) => LOG_CALL.test(made)))
    .map(({ path }) => `${path} logs`);
}

/** Error codes that occur in the sources and not in a text. */
export function unwrittenCodes(files: Files, text: string): string[] {
  const codes = new Set(files.flatMap((source) => source.text.match(/(?<=')SPECTER_[A-Z_]+(?=')/g) ?? []));
  return [...codes].filter((code) => !new RegExp(`\\b${code}\\b`).test(text)).sort();
}
