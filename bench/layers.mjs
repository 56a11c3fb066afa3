// Suite `layers`: layered graphs booted again and again in one process; starts that take no time against NestJS, starts that sleep against the longest path.
import { strictEqual } from 'node:assert';
import { startProgram } from './program.mjs';
import { figure, ratio, table } from './results.mjs';
import { inRounds, ratioOf, spread, spreadOf } from './rounds.mjs';
import { layersOf, pathOf, writeServices } from './service-source.mjs';

const PROGRAMS = ['specter', 'nest'];
const SLEEPERS = ['specter', 'by-hand'];
const COUNTS = [100, 500, 2000];
const DEPTH = 10;
/** Boots in one process: as many as it takes until the compiler is done. */
const BOOTS = { 100: 150, 500: 50, 2000: 20 };
const SLEEPING_BOOTS = 12;

const instant = Object.fromEntries(COUNTS.map((count) => [count, layersOf(count, DEPTH)]));
const sleeping = Object.fromEntries(COUNTS.map((count) => [count, layersOf(count, DEPTH, { sleeping: true })]));

export async function layersSuite({ rounds, quick }) {
  const times = rounds ?? (quick ? 2 : 9);
  const samples = await inRounds(PROGRAMS, times, (name) =>
    eachCount((count) => boot(name, instant[count], BOOTS[count])),
  );
  const slept = await inRounds(SLEEPERS, Math.ceil(times / 2), (name) =>
    eachCount((count) => boot(name, sleeping[count], SLEEPING_BOOTS)),
  );
  const tables = [...COUNTS.map((count) => instantTable(samples, count)), sleepingTable(slept)];
  return { samples: { instant: samples, sleeping: slept }, tables: tables.join('\n\n') };
}

async function eachCount(measure) {
  const figures = {};
  for (const count of COUNTS) figures[count] = await measure(count);
  return figures;
}

/** The first boot in a fresh process, and the median of the later half of all. */
async function boot(name, graph, boots) {
  const args = [writeServices(name, graph), String(boots)];
  const program = await startProgram(`layers-${name}`, { args, flags: ['--expose-gc'] });
  await program.end();
  strictEqual(program.started, boots * graph.needs.length, `${name} started ${program.started} of ${graph.name}`);
  const later = program.boots.slice(Math.floor(boots / 2));
  const warm = { wall: spread(later.map(({ wall }) => wall)).median, cpu: spread(later.map(({ cpu }) => cpu)).median };
  return { cold: program.boots[0], warm };
}

function instantTable(samples, count) {
  const of = (state, name) => (figures) => figures[count][state][name];
  const cells = (program, state, name) => [
    figure(spreadOf(samples, program, of(state, name)), 1, { quartiles: true }),
    ratio(ratioOf(samples, program, 'nest', of(state, name))),
  ];
  const rows = PROGRAMS.map((name) => [
    name,
    ...cells(name, 'warm', 'wall'),
    ...cells(name, 'warm', 'cpu'),
    ...cells(name, 'cold', 'wall'),
  ]);
  const head = ['program', 'warm ms', '× nest', 'warm CPU ms', '× nest', 'first boot ms', '× nest'];
  return table(
    `${count.toLocaleString('en-US')} services in ${DEPTH} layers that start at once, ${samples.length} rounds`,
    head,
    rows,
  );
}

function sleepingTable(samples) {
  const rows = COUNTS.flatMap((count) => {
    const { longest, sum } = pathOf(sleeping[count]);
    return SLEEPERS.map((name) => {
      const wall = (state) => (figures) => figures[count][state].wall;
      const times = (state) => spreadOf(samples, name, (figures) => wall(state)(figures) / longest);
      const size = `${count.toLocaleString('en-US')}, ${name}`;
      return [
        size,
        String(longest),
        sum.toLocaleString('en-US'),
        ...['warm', 'cold'].flatMap((state) => [figure(spreadOf(samples, name, wall(state)), 0), ratio(times(state))]),
      ];
    });
  });
  const head = ['services', 'longest path ms', 'sum ms', 'warm ms', '× path', 'first boot ms', '× path'];
  return table(`Services in ${DEPTH} layers whose starts sleep, ${samples.length} rounds`, head, rows);
}
