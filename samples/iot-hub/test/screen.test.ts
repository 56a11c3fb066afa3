// The screen: a page that fits, redrawn in place; elsewhere a line for each change.
import type { TestApplication } from 'specter-runtime/testing';
import { pageOf, type View } from '../src/screen/page.js';
import { Screen } from '../src/screen/screen.js';
import { ScreenLog } from '../src/screen/screen-log.js';
import { testHub } from './support/test-hub.js';

let app: TestApplication;
afterEach(() => app?.stop());

test('draws health, devices, the tree and the log in place, and gives the terminal back at the stop', async () => {
  const hub = await testHub({ isScreen: true });
  app = hub.app;
  const log = new ScreenLog();
  app.get(Screen).show(app, log);
  log.info({}, 'a start');
  log.warn({}, 'something\nwith a stack');
  hub.links.of('pressure-1').leave();
  await app.clock.advance(500);
  const [, page = ''] = hub.terminal.text.split('\x1b[H');
  expect(page).toMatch(/^IoT hub {2}degraded {2}0 new, 3 online, 1 offline, 0 lost/);
  expect(page).toMatch(/pressure-1 +kitchen +offline +20 {2}it has left/);
  expect(page).toMatch(/Fleet[\s\S]*Device thermometer-1[\s\S]*warn {2}something/);
  expect(page).not.toMatch(/a start|\.ts:\d/);
  expect(page.split('\n').length).toBeLessThan(hub.terminal.rows);
  await app.stop();
  expect(hub.terminal.text.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
});

test('where nobody is looking it is one line for each change', async () => {
  const { app: hub, terminal, links } = await testHub();
  app = hub;
  app.get(Screen).show(app, new ScreenLog());
  links.of('pressure-1').leave();
  await app.clock.advance(500);
  expect(terminal.text.split('\n').filter((line) => line.includes('pressure-1'))).toEqual([
    '2026-01-01T00:00:00.000Z pressure-1 is offline: it has left',
  ]);
  expect(terminal.text).not.toContain('\x1b');
});

test.each([
  [100, 30],
  [20, 12],
])('a page of a thousand devices fits into %s columns and %s rows', (columns, rows) => {
  const row = {
    id: 'pressure-1',
    kind: 'pressure',
    room: 'hall',
    status: 'online',
    value: 1,
    seen: 1,
    trouble: null,
  } as const;
  const view: View = {
    health: { status: 'up', services: {} },
    counts: { new: 0, online: 1_000, offline: 0, lost: 0 },
    rows: Array(1_000).fill(row),
    alarms: [],
    tree: Array(200).fill('├─ something that somebody owns').join('\n'),
    log: ['a', 'b'],
  };
  const page = pageOf(view, { columns, rows });
  expect(page.length).toBeLessThan(rows);
  expect(Math.max(...page.map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(page.join('\n')).toMatch(/and \d+ more/);
});
