// Suite `lines`: the lines of a child through watchStream and lines(), beside node:readline; and the memory that one endless line takes.
import { startProgram } from './program.mjs';
import { figure, ratio, table } from './results.mjs';
import { inRounds, ratioOf, spreadOf } from './rounds.mjs';

const PROGRAMS = ['readline', 'specter', 'loop'];
const KINDS = { short: 'lines of 40', long: 'lines of 400', endless: 'one line' };

async function measure(name, megabytes) {
  const figures = {};
  for (const kind of Object.keys(KINDS)) {
    const program = await startProgram(`lines-${name}`, { args: [kind, String(megabytes)] });
    await program.end();
    const { lines, took, used, grown } = program;
    figures[kind] = { lines, took, used, grown };
  }
  return figures;
}

export async function linesSuite({ rounds, quick }) {
  const megabytes = quick ? 60 : 300;
  const samples = await inRounds(PROGRAMS, rounds ?? (quick ? 1 : 7), (name) => measure(name, megabytes));
  checkLines(samples);
  const tables = Object.entries(KINDS).map(([kind, title]) => kindTable(samples, kind, `${megabytes} MB, ${title}`));
  return { samples, tables: tables.join('\n\n') };
}

/** Who counts fewer lines is faster. */
function checkLines(samples) {
  for (const kind of Object.keys(KINDS)) {
    const counts = new Set(samples.flatMap((round) => PROGRAMS.map((name) => round[name][kind].lines)));
    if (counts.size !== 1) throw new Error(`The programs read different lines of ${kind}: ${[...counts]}`);
  }
}

/** Lines per second is the inverse of the time: more than 1 is faster than readline. */
function kindTable(samples, kind, title) {
  const pick = (key) => (figures) => figures[kind][key];
  const rate = (figures) => figures[kind].lines / figures[kind].took;
  const rows = PROGRAMS.map((name) => [
    name,
    figure(spreadOf(samples, name, rate), 0),
    ratio(ratioOf(samples, name, 'readline', rate)),
    ratio(ratioOf(samples, name, 'readline', pick('used'))),
    figure(
      spreadOf(samples, name, (figures) => pick('grown')(figures) / 2 ** 20),
      0,
      { quartiles: true },
    ),
  ]);
  const head = ['program', 'lines/ms', '× readline', 'CPU × readline', 'memory grown, MiB'];
  return table(`${title}, ${samples.length} rounds`, head, rows);
}
