// Suite `sockets`: the same events to everybody: echo with an acknowledgement, a broadcast to a topic, and connections that do nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bench } from './environment.mjs';
import { CORES } from './load.mjs';
import { startProgram } from './program.mjs';
import { figure, ratio, table } from './results.mjs';
import { inRounds, ratioOf, spreadOf } from './rounds.mjs';

/** Without rules for payloads, and with. */
const PROGRAMS = ['socketio', 'specter', 'nest', 'specter dto', 'nest dto'];
const REFERENCES = ['socketio', 'nest', 'nest dto'];
const CLIENTS = [50, 500];
const TITLES = { echo: 'Echo with an acknowledgement', broadcast: 'Broadcast to a topic, for each delivery' };
const secondsFor = (quick) => (quick ? { warm: 1, measured: 1 } : { warm: 2, measured: 4 });

const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export async function socketsSuite({ rounds, quick }) {
  const seconds = secondsFor(quick);
  const samples = await inRounds(PROGRAMS, rounds ?? (quick ? 2 : 7), (program) => measure(program, seconds));
  const tables = CLIENTS.flatMap((count) => Object.keys(TITLES).map((what) => messageTable(samples, what, count)));
  return { samples, tables: [...tables, memoryTable(samples)].join('\n\n') };
}

async function measure(name, seconds) {
  const [program, ...args] = name.split(' ');
  const server = await startProgram(`sockets-${program}`, {
    args,
    flags: ['--expose-gc'],
    core: CORES.server,
    channel: true,
  });
  const clients = startClients();
  const figures = {};
  const empty = await server.ask('gc');
  let connected = 0;
  for (const count of CLIENTS) {
    await clients.tell('connect', { port: server.port, count: count - connected });
    connected = count;
    if (count === CLIENTS[0]) check(name, await clients.tell('check'));
    if (count === CLIENTS.at(-1)) figures.memory = perConnection(await server.ask('gc'), empty, count);
    await clients.tell('join');
    figures[count] = {};
    for (const what of Object.keys(TITLES)) {
      await clients.tell(what, { seconds: seconds.warm });
      figures[count][what] = await measureMessages(server, () => clients.tell(what, { seconds: seconds.measured }));
    }
  }
  await clients.end();
  await server.end();
  return figures;
}

async function measureMessages(server, work) {
  const before = await server.ask();
  const { messages, p50, p99 } = await work();
  const after = await server.ask();
  return { messages, cpu: (after.cpu - before.cpu) / messages, p50, p99 };
}

function perConnection(now, empty, count) {
  return { rss: (now.rss - empty.rss) / count, heap: (now.heap - empty.heap) / count };
}

function check(name, { answers }) {
  const [echo, joined] = answers.map((text) => JSON.stringify(JSON.parse(text)[0]));
  const right = echo === '{"text":"hello from a client","n":7}' && joined === '{"ok":true}';
  if (!right) throw new Error(`${name} answers ${echo} and ${joined}`);
}

function startClients() {
  const command = [process.execPath, join(bench, 'socket-clients.mjs')];
  if (CORES.load !== undefined) command.unshift('taskset', '-c', String(CORES.load));
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.add(child);
  const gone = once(child, 'exit');
  return {
    async tell(what, options = {}) {
      child.send({ what, ...options });
      const failed = gone.then(() => Promise.reject(new Error(`the clients ended while they did: ${what}`)));
      const [answer] = await Promise.race([once(child, 'message'), failed]);
      return answer;
    },
    async end() {
      child.kill('SIGKILL');
      await gone;
      running.delete(child);
    },
  };
}

function messageTable(samples, what, count) {
  const of = (name) => (figures) => figures[count][what][name];
  const rows = PROGRAMS.map((name) => [
    name,
    figure(spreadOf(samples, name, of('cpu')), 1, { quartiles: true }),
    ...REFERENCES.map((reference) => ratio(ratioOf(samples, name, reference, of('cpu')))),
    ...(what === 'echo' ? ['p50', 'p99'].map((key) => figure(spreadOf(samples, name, of(key)), 2)) : []),
  ]);
  const times = what === 'echo' ? ['p50 ms', 'p99 ms'] : [];
  const head = ['program', 'CPU µs/message', ...REFERENCES.map((name) => `× ${name}`), ...times];
  return table(`${TITLES[what]}: ${count} clients, ${samples.length} rounds`, head, rows);
}

function memoryTable(samples) {
  const of = (key) => (figures) => figures.memory[key] / 1024;
  const rows = PROGRAMS.map((name) => [
    name,
    figure(spreadOf(samples, name, of('rss')), 1),
    figure(spreadOf(samples, name, of('heap')), 1),
    ratio(ratioOf(samples, name, 'socketio', of('heap'))),
  ]);
  const head = ['program', 'RSS KiB', 'heap KiB', '× socketio (heap)'];
  return table(`Memory of one idle connection, of ${CLIENTS.at(-1)}`, head, rows);
}
