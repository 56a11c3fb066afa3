import { prettyLine } from '../../src/observability/logger.js';
import { printable } from '../../src/observability/printable.js';
import { durationText, ticksOf } from '../../src/observability/time-scale.js';
import { hubTimeline, timelineOf } from './media-hub.js';

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');
const { toText } = hubTimeline();

describe('a timeline as text', () => {
  test('is a waterfall with the critical path marked', () => {
    expect(toText('start', { columns: 60 })).toBe(
      `start: 350 ms for 16 services, 686 ms of work in all
  critical path Catalogue > MediaFolder > Library >
    Checksums (350 ms)
  ● Catalogue          █████                           64 ms
    Digester           ▄▄▄▄▄▄▄▄▄▄                     118 ms
    Playback           ▄▄▄                             35 ms
    SystemWatch        ▄▄▄▄▄                           57 ms
    PageController     ▄▄                              27 ms
    ChangesController  ▄                              8.0 ms
    PresenceHandler    ▄                               16 ms
    PlaybackHandler    ···▄                            12 ms
    SystemHandler      ·····▄                          10 ms
  ● MediaFolder        ·····█████████████             148 ms
    LibraryController  ·····▄                          11 ms
    PlaybackController ·····▄                         9.0 ms
  ● Library            ··················████████      92 ms
  ● Checksums          ··························████  46 ms
    SystemController   ··························▄     14 ms
    LibraryHandler     ··························▄▄    19 ms
                       ╵0               ╵200 ms`,
    );
  });

  test.each([20, 40, 60, 80, 120, 500])('fits %i columns, or the nearest that make sense', (columns) => {
    const widest = Math.max(...toText(undefined, { columns }).split('\n').map((line) => [...line].length)); // biome-ignore format: one line
    expect(widest).toBeLessThanOrEqual(Math.min(Math.max(columns, 60), 160));
  });

  test('has one line a service, also for those with long names and of no time at all', () => {
    const long = 'x'.repeat(200);
    const text = timelineOf([{ name: long, needs: [] }, { name: 'b', needs: [long] }], { [long]: [0, 0], b: [0, 0] }).toText('start'); // biome-ignore format: one line
    expect(text.split('\n').filter((line) => line.endsWith(' ms'))).toHaveLength(2);
    expect(text).toContain('xxxxx… █');
  });

  test('has colours only when asked to, and then nothing else changes', () => {
    expect(toText()).not.toMatch(ESCAPES);
    expect(toText(undefined, { colour: true })).toMatch(ESCAPES);
    expect(toText(undefined, { colour: true }).replace(ESCAPES, '')).toBe(toText());
  });

  test('lets no name speak to the terminal', () => {
    const name = 'a\u001b[2Jb\nc';
    const text = timelineOf([{ name, needs: [] }], { [name]: [5, 5] }).toText('start');
    expect(text).toContain('a\ufffd[2Jb\ufffdc');
    expect(text.split('\n')).toHaveLength(4);
    expect(printable('Für Ada 🎵')).toBe('Für Ada 🎵');
  });
});

describe('a line of the log on a terminal', () => {
  const line = (fields: object) => JSON.stringify({ level: 30, time: 0, msg: toText('start'), ...fields });

  test('prints a timeline as lines, with its colours', () => {
    const text = prettyLine(line({ type: 'timeline' }), true);
    expect(text.split('\n')).toHaveLength(toText('start').split('\n').length + 1);
    expect(text.endsWith(`${toText('start', { colour: true })}\n`)).toBe(true);
  });

  test('has no colour where none is wanted, and paints nothing but timelines', () => {
    expect(prettyLine(line({ type: 'timeline' }), false)).not.toMatch(ESCAPES);
    expect(prettyLine(line({ type: 'started' }), true).endsWith(` ${toText('start')}\n`)).toBe(true);
  });

  test('shows the stack of an error', () => {
    const text = prettyLine(
      JSON.stringify({ level: 50, time: 0, msg: 'm', error: { stack: 'Error: e\n at f' } }),
      false,
    );
    expect(text).toMatch(/^\d\d:\d\d:\d\d error m\nError: e\n at f\n$/);
  });
});

describe('a scale of time', () => {
  test.each([
    [0, '0.0 ms'],
    [4.23, '4.2 ms'],
    [9.97, '10 ms'],
    [411.6, '412 ms'],
    [999.7, '1.00 s'],
    [1_204, '1.20 s'],
    [9_999, '10.0 s'],
    [59_960, '1 min 00 s'],
    [65_400, '1 min 05 s'],
  ])('%f is %s', (ms, text) => expect(durationText(ms)).toBe(text));

  test.each([
    [0, ['0']],
    [1.2, ['0', '0.2 ms', '0.4 ms', '0.6 ms', '0.8 ms', '1 ms', '1.2 ms']],
    [350, ['0', '50 ms', '100 ms', '150 ms', '200 ms', '250 ms', '300 ms', '350 ms']],
    [2_600, ['0', '0.5 s', '1 s', '1.5 s', '2 s', '2.5 s']],
    [150_000, ['0', '0.5 min', '1 min', '1.5 min', '2 min', '2.5 min']],
  ])('the ticks up to %f are round', (total, labels) => {
    const ticks = ticksOf(total, 8);
    expect(ticks.map(({ label }) => label)).toEqual(labels);
    expect(ticks.every(({ at }) => at >= 0 && at <= total + 1e-6)).toBe(true);
  });
});
