import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { graphOf } from '../../src/observability/graph.js';
import { graphSvg } from '../../src/observability/graph-svg.js';
import { phaseOf, reportOf } from '../../src/observability/timeline.js';
import { HUB, hubTimeline, timelineOf } from './media-hub.js';
import { randomGraph, randomNumbers } from './random-graph.js';
import { allOf, type Element, readXml } from './xml.js';

const NASTY = '</title><script>alert("&")</script>\u0000\u001b[2J\u202e\ud800';

function ofKind(svg: string, name: string, kind?: string): Element[] {
  return allOf(readXml(svg)).filter(
    (element) => element.name === name && (kind === undefined || element.attributes.class?.split(' ').includes(kind)),
  );
}

function randomTimeline(size: number) {
  const random = randomNumbers();
  const nodes = randomGraph(size);
  return timelineOf(nodes, Object.fromEntries(nodes.map(({ name }) => [name, [random() * 99 + 1, random() * 99]])));
}

const failed = reportOf(
  phaseOf(
    new Map([
      ['Disk', { begun: 0, ended: 30, failed: false }],
      ['Library', { begun: 30, ended: 50, failed: true }],
      ['Player', { begun: 30, ended: undefined, failed: false }],
    ]),
    (name) => (name === 'Disk' ? [] : ['Disk']),
    { roleOf: () => undefined, now: 70 },
  ),
  phaseOf(new Map(), () => [], { roleOf: () => undefined, now: 70 }),
);

const nasty = timelineOf([{ name: NASTY, needs: [], role: NASTY }], { [NASTY]: [5, 5] });

const PICTURES: Record<string, string> = {
  'the timeline of the hub': hubTimeline().toSvg(),
  'a timeline of nothing': reportOf(failed.stop, failed.stop).toSvg(),
  'a timeline of one': randomTimeline(1).toSvg(),
  'a timeline of 200': randomTimeline(200).toSvg(),
  'a timeline with a failure': failed.toSvg(),
  'a timeline with nasty names': nasty.toSvg(),
  'the graph of the hub': graphSvg(HUB),
  'a graph of nothing': graphSvg([]),
  'a graph of one': graphSvg([{ name: 'Alone', needs: [] }]),
  'a graph of 300': graphSvg(randomGraph(300)),
  'a graph with nasty names': graphSvg([
    { name: NASTY, needs: [NASTY, 'nobody'], role: NASTY, module: NASTY },
    { name: 'b', needs: [NASTY], role: 'service', module: 'm' },
  ]),
};

describe.each(Object.entries(PICTURES))('%s', (_, svg) => {
  test('is well-formed, and says what it is to those who do not see it', () => {
    const root = readXml(svg);
    expect(root).toMatchObject({ name: 'svg', attributes: { role: 'img', xmlns: 'http://www.w3.org/2000/svg' } });
    const [title, description] = root.children;
    expect([title?.name, description?.name]).toEqual(['title', 'desc']);
    expect([title?.text, description?.text]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
  });

  test('needs nothing else: no script, no font, no address', () => {
    const elements = allOf(readXml(svg));
    const known = ['svg', 'title', 'desc', 'style', 'g', 'rect', 'path', 'text', 'circle'];
    expect([...new Set(elements.map(({ name }) => name))].filter((name) => !known.includes(name))).toEqual([]);
    expect(
      elements.flatMap(({ attributes }) => Object.keys(attributes)).filter((name) => /^on|href/.test(name)),
    ).toEqual([]);
    expect(ofKind(svg, 'style')[0]?.text).not.toMatch(/url\(|@import|@font-face/);
  });

  test('is dark for those who have it dark, and leaks no rule into a page', () => {
    const rules = ofKind(svg, 'style')[0]?.text ?? '';
    expect(rules).toContain('@media (prefers-color-scheme:dark)');
    const selectors = rules
      .replace(/@media [^{]*/, '')
      .split(/\{[^{}]*\}/)
      .flatMap((some) => some.split(','))
      .map((one) => one.replace(/[{}]/g, '').trim());
    expect(selectors.filter((one) => one !== '' && !one.startsWith('.specter'))).toEqual([]);
  });

  test('has finite numbers only, and nothing outside its frame', () => {
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
    const { attributes } = readXml(svg);
    for (const { attributes: at } of ofKind(svg, 'rect'))
      expect(Number(at.x ?? 0) + Number(at.width)).toBeLessThanOrEqual(Number(attributes.width));
  });
});

describe('a timeline as SVG', () => {
  test('has a row, a bar and a tip for each service, in the order in which they began', () => {
    const { start, toSvg } = hubTimeline();
    const rows = ofKind(toSvg('start'), 'g', 'row');
    expect(rows.map(({ children }) => children.find(({ name }) => name === 'text')?.text)).toEqual(
      start.entries.map(({ service }) => service),
    );
    expect(rows[0]?.children[0]?.text).toBe('Catalogue (service): waited 0.0 ms, worked 64 ms');
  });

  test('marks the critical path, and joins it', () => {
    const { start, toSvg } = hubTimeline();
    expect(ofKind(toSvg('start'), 'rect', 'hot')).toHaveLength(start.criticalPath.length + 1); // and one in the key
    const [joint] = ofKind(toSvg('start'), 'path', 'joint');
    expect(joint?.attributes.d?.match(/M/g)).toHaveLength(start.criticalPath.length - 1);
  });

  test('tells total, sum and longest path, which is what it took', () => {
    const { start, toSvg } = hubTimeline();
    const texts = ofKind(toSvg('start'), 'text').map(({ text }) => text);
    expect([start.total, start.sum, start.longestPath]).toEqual([350, 686, 350]);
    expect(texts).toEqual(expect.arrayContaining(['Started in 350 ms', 'sum of all work', '686 ms', 'critical path']));
  });

  test('has both directions, or the one that was asked for', () => {
    const headlines = (svg: string) => ofKind(svg, 'text', 'headline').map(({ text }) => text);
    const { toSvg } = hubTimeline();
    expect([headlines(toSvg()), headlines(toSvg('stop'))]).toEqual([
      ['Started in 350 ms', 'Stopped in 205 ms'],
      ['Stopped in 205 ms'],
    ]);
    expect(headlines(failed.toSvg())).toEqual(['Starting for 70 ms']);
  });

  test('shows what failed and what still runs', () => {
    const ends = ofKind(failed.toSvg(), 'text', 'end').map(({ text }) => text);
    expect(ends).toEqual(expect.arrayContaining(['✕ 20 ms', '… 40 ms']));
    expect(readXml(failed.toSvg()).children[1]?.text).toContain('Library failed, Player running.');
  });

  test('cuts long names, and keeps them whole in the tip', () => {
    const name = 'A'.repeat(80);
    const svg = timelineOf([{ name, needs: [] }], { [name]: [1, 1] }).toSvg('start');
    const [row] = ofKind(svg, 'g', 'row');
    expect(row?.children.find(({ name: kind }) => kind === 'text')?.text).toMatch(/^A{10,60}…$/);
    expect(row?.children[0]?.text).toContain(name);
  });

  test('grows with its services', () => {
    const heightOf = (size: number) => Number(readXml(randomTimeline(size).toSvg('start')).attributes.height);
    expect(heightOf(200)).toBeGreaterThan(200 * 18);
    expect(heightOf(1)).toBeLessThan(320);
  });
});

describe('a graph as SVG', () => {
  test('has a box with name, role and needs for each node', () => {
    const nodes = ofKind(graphSvg(HUB), 'g', 'node');
    const tips = nodes.map(({ children }) => children.find(({ name }) => name === 'title')?.text);
    expect(nodes).toHaveLength(HUB.length);
    expect(tips).toContain('Library (service) needs Catalogue, MediaFolder.');
  });

  test('has an arrow head for each edge', () => {
    const heads = ofKind(graphSvg(HUB), 'path', 'head').flatMap(({ attributes }) => attributes.d?.match(/M/g) ?? []);
    expect(heads).toHaveLength(HUB.reduce((sum, { needs }) => sum + needs.length, 0));
  });

  test('names modules where there are several, and has a legend of roles', () => {
    const [a, b] = [
      { name: 'A', needs: [], role: 'service', module: 'One' },
      { name: 'B', needs: ['A'], role: 'controller', module: 'Two' },
    ];
    const texts = (svg: string) => ofKind(svg, 'text').map(({ text }) => text);
    expect(texts(graphSvg([a, b]))).toEqual(expect.arrayContaining(['service · One', 'controller · Two', 'service 1']));
    expect(texts(graphSvg([a]))).toContain('service');
  });

  test('draws two of one name as two', () => {
    expect(ofKind(graphSvg([{ name: 'A', needs: [] }, { name: 'A', needs: [] }]), 'g', 'node')).toHaveLength(2); // biome-ignore format: one line
  });

  test('is what the graph of units gives', () => {
    const disk = { name: 'Disk', role: 'service', module: 'App', needs: new Set<never>() };
    const svg = graphOf([disk]).toSvg();
    expect(svg).toBe(graphSvg([{ name: 'Disk', role: 'service', module: 'App', needs: [] }]));
  });
});

/** With UPDATE_PICTURES=1 they are written anew; look at them before they are kept. */
describe.each([
  ['docs/pictures/media-hub-timeline.svg', hubTimeline().toSvg('start')],
  ['docs/pictures/media-hub-graph.svg', graphSvg(HUB)],
  ['test/observability/golden/timeline.svg', failed.toSvg()],
  [
    'test/observability/golden/graph.svg',
    graphSvg([
      { name: 'Disk', needs: [], role: 'service' },
      { name: 'Gauge', needs: ['Disk'], role: 'watcher' },
    ]),
  ],
])('%s', (path, svg) => {
  test('is what is drawn', () => {
    const file = join(__dirname, '..', '..', path);
    if (process.env.UPDATE_PICTURES) writeFileSync(file, svg);
    expect(svg).toBe(readFileSync(file, 'utf8'));
  });
});

test('the reader of XML, which all of this trusts, refuses what is none', () => {
  for (const bad of [
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a b=c/>',
    '<a b="1" b="2"/>',
    '<a>&nbsp;</a>',
    '<a>\u0001</a>',
    'a<a/>',
  ])
    expect(() => readXml(bad)).toThrow();
  expect(readXml('<a b="&lt;">x<c/></a>')).toMatchObject({ name: 'a', attributes: { b: '<' }, text: 'x' });
});
