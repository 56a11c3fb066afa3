// The media hub of the samples as fixed numbers: who needs whom, and how long each worked in a boot and a stop.
import type { GraphNode } from '../../src/observability/graph.js';
import { phaseOf, reportOf, type Span, type TimelineReport } from '../../src/observability/timeline.js';

const SERVICES: Record<string, Record<string, string>> = {
  config: { HubConfig: '' },
  part: { Storage: '', Clock: '', Sockets: '', Bus: '' },
  service: {
    Catalogue: 'Storage Clock HubConfig',
    Library: 'Catalogue MediaFolder',
    Digester: '',
    Checksums: 'Catalogue Library Digester HubConfig',
    Playback: '',
  },
  watcher: { MediaFolder: 'HubConfig Catalogue Clock', SystemWatch: 'HubConfig' },
  controller: {
    LibraryController: 'Catalogue HubConfig',
    PlaybackController: 'Playback Catalogue',
    SystemController: 'SystemWatch MediaFolder Library',
    PageController: '',
    ChangesController: 'Bus',
  },
  handler: {
    LibraryHandler: 'Library Sockets',
    PlaybackHandler: 'Playback Sockets',
    SystemHandler: 'SystemWatch Sockets',
    PresenceHandler: 'Sockets',
  },
};

/** As `app.graph().nodes` gives them. */
export const HUB: readonly GraphNode[] = Object.entries(SERVICES).flatMap(([role, services]) =>
  Object.entries(services).map(([name, needs]) => ({
    name,
    needs: needs.split(' ').filter(Boolean),
    role,
    module: role === 'part' ? 'specter-runtime' : 'MediaHub',
  })),
);

/** Milliseconds of work: in the start, and in the stop. */
const WORKS: Record<string, readonly [start: number, stop: number]> = {
  Catalogue: [64, 38],
  MediaFolder: [148, 22],
  Library: [92, 61],
  Digester: [118, 45],
  Checksums: [46, 84],
  Playback: [35, 12],
  SystemWatch: [57, 9],
  LibraryController: [11, 6],
  PlaybackController: [9, 5],
  SystemController: [14, 4],
  PageController: [27, 3],
  ChangesController: [8, 16],
  LibraryHandler: [19, 7],
  PlaybackHandler: [12, 6],
  SystemHandler: [10, 5],
  PresenceHandler: [16, 8],
};

/** One start and one stop of the hub, on a clock that counts from 0. */
export function hubTimeline(): TimelineReport {
  return timelineOf(HUB, WORKS);
}

/** Each begins when the last of those before it has ended. */
export function timelineOf(
  nodes: readonly GraphNode[],
  works: Readonly<Record<string, readonly [start: number, stop: number]>>,
): TimelineReport {
  const needs = (name: string) => nodes.find((node) => node.name === name)?.needs ?? [];
  const neededBy = (name: string) => nodes.flatMap((node) => (node.needs.includes(name) ? [node.name] : []));
  const at = { roleOf: (name: string) => nodes.find((node) => node.name === name)?.role, now: 0 };
  const phase = (before: typeof needs, direction: 0 | 1) =>
    phaseOf(
      spansOf(before, (name) => works[name]?.[direction], nodes),
      before,
      at,
    );
  return reportOf(phase(needs, 0), phase(neededBy, 1));
}

function spansOf(
  before: (name: string) => readonly string[],
  workOf: (name: string) => number | undefined,
  nodes: readonly GraphNode[],
): Map<string, Span> {
  const ends = new Map<string, number>();
  const beginOf = (name: string): number => Math.max(0, ...before(name).map(endOf));
  const endOf = (name: string): number => {
    const end = ends.get(name) ?? beginOf(name) + (workOf(name) ?? 0);
    ends.set(name, end);
    return end;
  };
  const spans = nodes.flatMap(({ name }): [string, Span][] =>
    workOf(name) === undefined ? [] : [[name, { begun: beginOf(name), ended: endOf(name), failed: false }]],
  );
  return new Map(spans.sort(([, a], [, b]) => a.begun - b.begun));
}
