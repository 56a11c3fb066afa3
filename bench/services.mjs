// Suite `services`: a fresh process to 10 ... 2,000 services registered, constructed and started.
import { strictEqual } from 'node:assert';
import { startProgram } from './program.mjs';
import { figure, ratio, table } from './results.mjs';
import { inRounds, ratioOf, spreadOf } from './rounds.mjs';
import { treeOf, writeServices } from './service-source.mjs';

const PROGRAMS = ['by-hand', 'tsyringe', 'specter', 'nest'];
const COUNTS = [10, 100, 500, 2000];

async function measure(name) {
  const figures = {};
  for (const count of COUNTS) {
    const program = await startProgram(`services-${name}`, { args: [sources[name][count]] });
    strictEqual(program.started, count, `${name} started ${program.started} of ${count} services`);
    await program.end();
    const { wall, boot, cpu, rss } = program;
    figures[count] = { wall, boot, cpu, rss };
  }
  return figures;
}

const sources = {};

export async function servicesSuite({ rounds, quick }) {
  for (const name of PROGRAMS) {
    sources[name] = Object.fromEntries(COUNTS.map((count) => [count, writeServices(name, treeOf(count))]));
  }
  for (const name of PROGRAMS) await measure(name);
  const samples = await inRounds(PROGRAMS, rounds ?? (quick ? 2 : 9), measure);
  const tables = COUNTS.map((count) => servicesTable(samples, count)).join('\n\n');
  return { samples, tables };
}

function servicesTable(samples, count) {
  const of =
    (name, scale = 1) =>
    (figures) =>
      figures[count][name] / scale;
  const rows = PROGRAMS.map((name) => [
    name,
    figure(spreadOf(samples, name, of('boot')), 1, { quartiles: true }),
    ratio(ratioOf(samples, name, 'nest', of('boot'))),
    figure(spreadOf(samples, name, of('wall')), 0, { quartiles: true }),
    ratio(ratioOf(samples, name, 'nest', of('wall'))),
    figure(spreadOf(samples, name, of('cpu')), 0),
    figure(spreadOf(samples, name, of('rss', 2 ** 20)), 0),
    ratio(ratioOf(samples, name, 'nest', of('rss'))),
  ]);
  const head = [
    'program',
    'boot ms',
    'boot × nest',
    'process to ready ms',
    '× nest',
    'CPU ms',
    'RSS MiB',
    'RSS × nest',
  ];
  return table(`${count.toLocaleString('en-US')} services, ${samples.length} rounds`, head, rows);
}
