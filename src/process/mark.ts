// Mark: what every process of ours, and every child of it, carries in its environment, so that it is found wherever it goes.
import { randomUUID } from 'node:crypto';
import { MARK, ownMarks } from './environment.js';
import { entryOf, hasTable, pidNamespace, pids, variableOf } from './process-table.js';

/** What a mark says. The application is known by its pid and its start, so that a pid that is used again is not taken for it. */
interface Mark {
  readonly name: string;
  readonly application: number;
  readonly start: string;
  readonly namespace: string;
}

/** @param name - of the process @returns one that no other process has */
export function makeMark(name: string): string {
  const { start = '0' } = entryOf(process.pid) ?? {};
  return [encodeURIComponent(name), process.pid, start, pidNamespace(), randomUUID()].join(':');
}

/** Who carries the mark. */
export function carriersOf(mark: string): number[] {
  return hasTable ? pids().filter((pid) => pid !== process.pid && marksOf(pid).includes(mark) && entryOf(pid)) : [];
}

/** Who carries a mark of that name whose application has ended. What this process carries itself is left alone: it would end itself. */
export function orphansOf(name: string): number[] {
  if (!hasTable) return [];
  const own = ownMarks();
  const isOrphaned = (mark: string) => !own.includes(mark) && isLeft(readMark(mark), name);
  return pids().filter((pid) => pid !== process.pid && marksOf(pid).some(isOrphaned) && entryOf(pid));
}

function marksOf(pid: number): readonly string[] {
  return variableOf(pid, MARK)?.split('/') ?? [];
}

function readMark(mark: string): Mark {
  const [name = '', application = '', start = '', namespace = ''] = mark.split(':');
  return { name, application: Number(application), start, namespace };
}

function isLeft(mark: Mark, name: string): boolean {
  if (mark.name !== encodeURIComponent(name) || mark.namespace !== pidNamespace() || mark.start === '') return false;
  return entryOf(mark.application)?.start !== mark.start;
}
