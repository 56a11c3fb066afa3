// Suite `startup`: a fresh process to a hello world that listens; its CPU time and memory by then.
import { checkAnswer, REQUESTS } from './answers.mjs';
import { startProgram } from './program.mjs';
import { figure, ratio, table } from './results.mjs';
import { inRounds, ratioOf, spreadOf } from './rounds.mjs';

const PROGRAMS = ['node', 'koa', 'specter', 'nest-express', 'nest-fastify'];

async function measure(name) {
  const program = await startProgram(`hello-${name}`);
  await checkAnswer(program.port, REQUESTS.hello);
  await program.end();
  const { wall, cpu, rss } = program;
  return { wall, cpu, rss };
}

export async function startupSuite({ rounds, quick }) {
  for (const name of PROGRAMS) await measure(name); // The files are in the page cache from here on.
  const samples = await inRounds(PROGRAMS, rounds ?? (quick ? 3 : 15), measure);
  return { samples, tables: startupTable(samples) };
}

function startupTable(samples) {
  const wall = ({ wall }) => wall;
  const cpu = ({ cpu }) => cpu;
  const rss = ({ rss }) => rss / 2 ** 20;
  const rows = PROGRAMS.map((name) => [
    name,
    figure(spreadOf(samples, name, wall), 0, { quartiles: true }),
    ratio(ratioOf(samples, name, 'node', wall)),
    ratio(ratioOf(samples, name, 'nest-express', wall)),
    figure(spreadOf(samples, name, cpu), 0),
    ratio(ratioOf(samples, name, 'nest-express', cpu)),
    figure(spreadOf(samples, name, rss), 0),
    ratio(ratioOf(samples, name, 'nest-express', rss)),
  ]);
  const head = [
    'program',
    'wall ms',
    '× node',
    '× nest-express',
    'CPU ms',
    'CPU × nest-express',
    'RSS MiB',
    'RSS × nest-express',
  ];
  return table(`Hello world: fresh process to listening, ${samples.length} rounds`, head, rows);
}
