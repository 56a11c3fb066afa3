// Suite `http`: the same three requests to everybody, each server in a fresh process of every round.
import { checkAnswer, checkAnswers, REQUESTS } from './answers.mjs';
import { CORES, generator, load } from './load.mjs';
import { startProgram } from './program.mjs';
import { figure, ratio, table } from './results.mjs';
import { inRounds, ratioOf, spreadOf } from './rounds.mjs';

const PROGRAMS = ['node', 'koa', 'specter', 'nest-fastify'];
const TITLES = { hello: 'GET /hello', params: 'GET /users/:id/posts/:postId', create: 'POST /users, validated' };

export async function httpSuite({ rounds, quick }) {
  const seconds = quick ? { warm: 1, measured: 1 } : { warm: 2, measured: 4 };
  const samples = await inRounds(PROGRAMS, rounds ?? (quick ? 2 : 7), (name) => measure(name, seconds));
  const tables = Object.keys(REQUESTS).map((request) => httpTable(samples, request));
  return { samples, tables: [...tables, memoryTable(samples)].join('\n\n') };
}

async function measure(name, seconds) {
  const program = await startProgram(`http-${name}`, { core: CORES.server, channel: true });
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
    ...['node', 'koa', 'nest-fastify'].map((reference) => ratio(ratioOf(samples, name, reference, of('cpu')))),
    figure(spreadOf(samples, name, of('rate')), 0),
    ...['koa', 'nest-fastify'].map((reference) => ratio(ratioOf(samples, name, reference, of('rate')))),
    figure(spreadOf(samples, name, of('p50')), 2),
    figure(spreadOf(samples, name, of('p99')), 2),
  ]);
  const head = [
    'program',
    'CPU µs/request',
    '× node',
    '× koa',
    '× nest-fastify',
    'requests/s',
    '× koa',
    '× nest-fastify',
    'p50 ms',
    'p99 ms',
  ];
  return table(`${TITLES[request]}: ${samples.length} rounds, ${generator}`, head, rows);
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
