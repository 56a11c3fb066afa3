// Suite `http`: the same three requests to everybody, each server in a fresh process of every round.
import { checkAnswer, checkAnswers, REQUESTS } from './answers.mjs';
import { CORES, generator, load } from './load.mjs';
import { startProgram } from './program.mjs';
import { figure, ratio, table } from './results.mjs';
import { inRounds, ratioOf, spreadOf } from './rounds.mjs';

const PROGRAMS = ['node', 'koa-switch', 'koa', 'fastify', 'specter', 'nest-fastify', 'nest-express'];
const REFERENCES = ['koa-switch', 'koa', 'nest-fastify', 'nest-express'];
const TITLES = { hello: 'GET /hello', params: 'GET /users/:id/posts/:postId', create: 'POST /users, validated' };
const secondsFor = (quick) => (quick ? { warm: 1, measured: 1 } : { warm: 2, measured: 4 });

export async function httpSuite({ rounds, quick }) {
  const seconds = secondsFor(quick);
  const samples = await inRounds(PROGRAMS, rounds ?? (quick ? 2 : 7), (name) => measure({ name }, seconds));
  const tables = Object.keys(REQUESTS).map((request) => httpTable(samples, request));
  return { samples, tables: [...tables, memoryTable(samples)].join('\n\n') };
}

const ROUTED = ['koa', 'specter', 'nest-fastify'];
const EXTRA = [0, 10, 100, 1_000];

/** Suite `routes`: the same with 0 to 1,000 more routes, each against itself without any. */
export async function routesSuite({ rounds, quick }) {
  const programs = ROUTED.flatMap((name) => EXTRA.map((extra) => `${name} ${extra}`));
  const samples = await inRounds(programs, rounds ?? (quick ? 2 : 7), (program) => {
    const [name, extra] = program.split(' ');
    return measure({ name, extra }, secondsFor(quick));
  });
  return {
    samples,
    tables: Object.keys(REQUESTS)
      .map((request) => routesTable(samples, request))
      .join('\n\n'),
  };
}

async function measure({ name, extra = '0' }, seconds) {
  const program = await startProgram(`http-${name}`, { args: [extra], core: CORES.server, channel: true });
  await checkAnswers(program.port);
  const figures = {};
  for (const [request, asked] of Object.entries(REQUESTS)) {
    await load(program.port, asked, seconds.warm);
    figures[request] = await measureRequest(program, asked, seconds.measured);
    await checkAnswer(program.port, asked);
  }
  figures.memory = { ready: program.rss, loaded: (await program.ask()).rss };
  await program.end();
  return figures;
}

async function measureRequest(program, asked, seconds) {
  const before = await program.ask();
  const { requests, seconds: taken, p50, p99 } = await load(program.port, asked, seconds);
  const after = await program.ask();
  return { rate: requests / taken, cpu: (after.cpu - before.cpu) / requests, p50, p99 };
}

function httpTable(samples, request) {
  const of = (name) => (figures) => figures[request][name];
  const rows = PROGRAMS.map((name) => [
    name,
    figure(spreadOf(samples, name, of('cpu')), 1, { quartiles: true }),
    ...REFERENCES.map((reference) => ratio(ratioOf(samples, name, reference, of('cpu')))),
    figure(spreadOf(samples, name, of('rate')), 0),
    figure(spreadOf(samples, name, of('p50')), 2),
    figure(spreadOf(samples, name, of('p99')), 2),
  ]);
  const head = [
    'program',
    'CPU µs/request',
    ...REFERENCES.map((name) => `× ${name}`),
    'requests/s',
    'p50 ms',
    'p99 ms',
  ];
  return table(`${TITLES[request]}: ${samples.length} rounds, ${generator}`, head, rows);
}

function routesTable(samples, request) {
  const cpu = (figures) => figures[request].cpu;
  const rows = ROUTED.map((name) => [
    name,
    figure(spreadOf(samples, `${name} 0`, cpu), 1, { quartiles: true }),
    ...EXTRA.slice(1).map((extra) => ratio(ratioOf(samples, `${name} ${extra}`, `${name} 0`, cpu))),
  ]);
  const head = ['program', 'CPU µs/request', ...EXTRA.slice(1).map((extra) => `× with ${extra} more routes`)];
  return table(`${TITLES[request]}: ${samples.length} rounds`, head, rows);
}

function memoryTable(samples) {
  const of = (name) => (figures) => figures.memory[name] / 2 ** 20;
  const rows = PROGRAMS.map((name) => [
    name,
    figure(spreadOf(samples, name, of('ready')), 0),
    figure(spreadOf(samples, name, of('loaded')), 0),
    ratio(ratioOf(samples, name, 'nest-fastify', of('loaded'))),
  ]);
  return table('Memory of these servers (RSS)', ['program', 'ready MiB', 'after the load MiB', '× nest-fastify'], rows);
}
