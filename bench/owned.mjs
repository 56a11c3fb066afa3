// Suite `owned`: what owning a timer, a listener, a task costs, and how a stop grows with what is owned.
import { startProgram } from './program.mjs';
import { figure, ratio, table } from './results.mjs';
import { inRounds, spread } from './rounds.mjs';

export async function ownedSuite({ rounds, quick }) {
  const samples = await inRounds(['owned'], rounds ?? (quick ? 1 : 7), measure);
  return { samples, tables: [costTable(samples), stopTable(samples)].join('\n\n') };
}

async function measure(name) {
  const program = await startProgram(name, { flags: ['--expose-gc'] });
  await program.end();
  const { costs, stops } = program;
  return { costs, stops };
}

/** Ratios are taken inside each turn of a process, owned and bare one right after the other. */
function costTable(samples) {
  const rows = kindsOf(samples, 'costs').map((kind) => {
    const costs = samples.map(({ owned }) => owned.costs[kind]);
    const times = costs.flatMap((cost) => cost.times);
    const bytes = (pick) => spread(costs.map((cost) => pick(cost.bytes)));
    return [
      kind,
      figure(spread(times.map(({ owned }) => owned)), 0),
      figure(spread(times.map(({ bare }) => bare)), 0),
      ratio(spread(times.map(({ owned, bare }) => owned / bare))),
      figure(
        bytes(({ owned }) => owned),
        0,
      ),
      figure(
        bytes(({ bare }) => bare),
        0,
      ),
      figure(
        bytes(({ owned, bare }) => owned - bare),
        0,
      ),
    ];
  });
  const head = ['kind', 'owned ns', 'bare ns', '× bare', 'owned bytes', 'bare bytes', 'more bytes'];
  return table(`Taking one and giving it back, CPU time, ${samples.length} rounds`, head, rows);
}

function stopTable(samples) {
  const counts = Object.keys(samples[0].owned.stops.timeout);
  const rows = kindsOf(samples, 'stops').map((kind) => [
    kind,
    ...counts.map((count) =>
      figure(spread(samples.map(({ owned }) => owned.stops[kind][count])), 1, { quartiles: true }),
    ),
  ]);
  const head = ['kind', ...counts.map((count) => `${Number(count).toLocaleString('en-US')}: ms`)];
  return table(`Stop of a service that owns so many, CPU time, ${samples.length} rounds`, head, rows);
}

const kindsOf = (samples, part) => Object.keys(samples[0].owned[part]);
