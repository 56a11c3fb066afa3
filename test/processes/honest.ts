// Honest clients in a process of their own, so that their work is not what is measured. Arguments: what they do, the port, and how long or how often.
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Line, percentile, type Told } from './clients.js';

const [what, port, amount] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

/** How many answers with one status, and how long they took. */
function figuresOf(told: readonly Told[], status: number) {
  const took = told.filter((it) => it.status === status).map((it) => it.took);
  return { count: took.length, p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}

/** 200 thoughts a second fill the processor of the server: four times as many come, whatever becomes of those before. */
async function flood() {
  const free = Array.from({ length: 1_000 }, () => new Line(port));
  const probe = new Line(port);
  // Node takes new connections one by one: all are made before.
  for (const line of [...free, probe]) await line.ask('/quick');
  const told: Told[] = [];
  const live: Told[] = [];
  const all: Promise<unknown>[] = [];
  let missed = 0;
  let loaded = true;
  const send = async () => {
    const line = free.shift();
    if (!line) return void missed++;
    told.push(await line.ask('/think'));
    free.push(line);
  };
  const watch = async () => {
    for (; loaded; await pause(50)) live.push(await probe.ask('/health/live'));
  };
  all.push(watch());
  const begun = performance.now();
  for (let sent = 0; performance.now() - begun < amount; await pause(2))
    for (; sent < (performance.now() - begun) * 0.8; sent++) all.push(send());
  loaded = false;
  await Promise.all(all);
  const [taken, refused] = [figuresOf(told, 200), figuresOf(told, 503)];
  return { taken, refused, live: figuresOf(live, 200), asked: told.length, missed };
}

/** One request after the other, with a pause between them. */
async function visit(path: string) {
  const line = new Line(port);
  const told: Told[] = [];
  for (let i = 0; i < amount; i++, await pause(5)) told.push(await line.ask(path));
  return { ...figuresOf(told, 200), asked: told.length };
}

const seen = await (what === 'flood' ? flood() : visit(what ?? '/quick'));
process.stdout.write(`seen ${JSON.stringify(seen)}\n`);
process.exit();
