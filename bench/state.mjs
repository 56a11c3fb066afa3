// Suite `state`: one leaf of 1,000 users set beside other libraries, hits of a cache, and many who ask for one missing key.
import { startProgram } from './program.mjs';
import { figure, ratio, table } from './results.mjs';
import { inRounds, spread } from './rounds.mjs';

const SETS = { free: 'nobody holds a snapshot', held: 'all of it is read before each' };
const CACHES = { hits: 'One hit among 1,000 keys', flights: 'One of 1,000 who ask for a missing key at once' };

export async function stateSuite({ rounds, quick }) {
  const samples = await inRounds([...Object.keys(SETS), 'caches'], rounds ?? (quick ? 1 : 5), measure);
  const turns = (part, kind) => samples.flatMap((round) => round[part][kind]);
  const sets = Object.entries(SETS).flatMap(([part, holding]) =>
    Object.keys(samples[0][part]).map((subscribers) =>
      turnsTable(
        `One leaf of 1,000 users set, ${holding}, ${subscribers} subscribers`,
        turns(part, subscribers),
        'zustand',
      ),
    ),
  );
  const caches = Object.entries(CACHES).map(([kind, title]) => turnsTable(title, turns('caches', kind), 'lru-cache'));
  return { samples, tables: [...sets, ...caches].join('\n\n') };
}

async function measure(part) {
  const program = await startProgram('state', { args: [part] });
  await program.end();
  return program.figures;
}

/** Ratios are taken inside each turn of a process, all of them one right after the other. */
function turnsTable(title, turns, reference) {
  const rows = Object.keys(turns[0]).map((name) => [
    name,
    figure(spread(turns.map((turn) => turn[name])), 0),
    share(spread(turns.map((turn) => turn[name] / turn[reference]))),
  ]);
  return table(`${title}, ${turns.length} turns`, ['', 'CPU ns', `x ${reference}`], rows);
}

/** What costs a small part of the reference needs more digits. */
const share = (spread) => (spread.median < 0.05 ? figure(spread, 4, { quartiles: true }) : ratio(spread));
