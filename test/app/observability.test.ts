import { Service } from '../../src/app/service.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import type { Class } from '../../src/kernel/token.js';
import { ErrorCount } from '../../src/observability/error-count.js';
import { graphOf } from '../../src/observability/graph.js';
import { askHealth } from '../../src/observability/health.js';
import { type Logger, logEvents } from '../../src/observability/logger.js';
import { Timeline } from '../../src/observability/timeline.js';
import { ownershipTree } from '../../src/observability/tree.js';
import { hear, never, settle } from '../kernel/heard.js';
import { boot, named, prepare } from './boot.js';

function service(
  name: string,
  needs: Class[] = [],
  hooks: Partial<Record<'onStart' | 'onStop' | 'health', (this: Lifecycle) => unknown>> = {},
): Class<Lifecycle> {
  const target = named(name, class extends Lifecycle {});
  Object.assign(target.prototype, hooks);
  Service({ dependsOn: needs })(target);
  return target;
}

describe('the graph', () => {
  test('has every unit with its needs, and every edge once', async () => {
    const Disk = service('Disk');
    const Player = service('Player', [Disk]);
    const { engine } = await boot([Player, Disk, { provide: 'port', useValue: 80 }]);
    const graph = graphOf(engine.units);
    expect(graph.nodes).toEqual(
      expect.arrayContaining([
        { name: 'Disk', needs: [], role: 'service', module: 'AppModule' },
        { name: 'Player', needs: ['Disk'], role: 'service', module: 'AppModule' },
      ]),
    );
    expect(graph.edges).toEqual([['Player', 'Disk']]);
    await engine.stop();
  });

  test('as Mermaid text survives any name', () => {
    const quoted = { name: 'a "quoted" [name]', needs: new Set<never>() };
    const user = { name: 'user', needs: new Set([quoted]) };
    expect(graphOf([quoted, user as never]).toMermaid()).toBe(
      ['graph LR', `  n0["a 'quoted' [name]"]`, '  n1["user"]', '  n1 --> n0'].join('\n'),
    );
  });
});

describe('the timeline', () => {
  test('tells the wait and the work of each service, what failed, and the critical path in both directions', async () => {
    const Base = service('Base', [], { onStart: () => settle(5) });
    const Slow = service('Slow', [Base], { onStart: () => settle(40) });
    const Quick = service('Quick', [Base]);
    const Top = service('Top', [Slow, Quick], { onStop: () => Promise.reject(new Error('no')) });
    const { engine, events } = prepare([Top, Quick, Slow, Base]);
    const timeline = new Timeline(events, () => true);
    await engine.start();
    await engine.stop();
    const needs: Record<string, string[]> = { Base: [], Slow: ['Base'], Quick: ['Base'], Top: ['Slow', 'Quick'] };
    const neededBy = (name: string) => Object.keys(needs).filter((other) => needs[other]?.includes(name));
    const { start, stop, toText } = timeline.report((name) => needs[name] ?? [], neededBy);
    expect(start.criticalPath).toEqual(['Base', 'Slow', 'Top']);
    expect(stop.criticalPath[0]).toBe('Top');
    expect(stop.criticalPath.at(-1)).toBe('Base');
    const entry = (name: string) => start.entries.find(({ service: it }) => it === name);
    expect(entry('Slow')?.waited).toBeGreaterThanOrEqual(entry('Base')?.worked ?? Number.NaN);
    expect(start.entries.every(({ outcome }) => outcome === 'done')).toBe(true);
    expect(stop.entries.find(({ service: it }) => it === 'Top')?.outcome).toBe('failed');
    const text = toText();
    expect(text).toMatch(
      /^start: [\d.]+ ms for 4 services, [\d.]+ ms of work in all\n {2}critical path Base > Slow > Top \([\d.]+ ms\)\n/,
    );
    expect(text).toMatch(/Top .*\(failed\)/);
    expect(toText('stop')).not.toContain('start:');
  });

  test('of nothing is nothing', () => {
    const { start, toText } = new Timeline(hear().events, () => true).report(
      () => [],
      () => [],
    );
    expect([start.total, start.entries, start.criticalPath, toText()]).toEqual([0, [], [], '']);
  });

  test("knows only the application's own services: children come and go without number", () => {
    const { events } = hear();
    const timeline = new Timeline(events, (name) => name === 'own');
    for (const service of ['own', 'child']) {
      events.emit('starting', { service });
      events.emit('started', { service, duration: 1 });
    }
    expect(
      timeline
        .report(
          () => [],
          () => [],
        )
        .start.entries.map(({ service }) => service),
    ).toEqual(['own']);
  });

  test('of a service that started again is that of the first start', () => {
    const { events } = hear();
    const timeline = new Timeline(events, () => true);
    events.emit('starting', { service: 'A' });
    events.emit('started', { service: 'A', duration: 1 });
    const first = timeline.report(
      () => [],
      () => [],
    ).start.entries;
    events.emit('starting', { service: 'A' });
    expect(
      timeline.report(
        () => [],
        () => [],
      ).start.entries,
    ).toEqual(first);
  });
});

describe('health', () => {
  test('asks everyone, and is the worst of the answers', async () => {
    const Up = service('Up');
    const Degraded = service('Degraded', [], { health: () => ({ status: 'degraded', queue: 7 }) });
    const { engine } = await boot([Up, Degraded]);
    expect(await askHealth(engine.patients)).toEqual({
      status: 'degraded',
      services: { Up: { status: 'up' }, Degraded: { status: 'degraded', queue: 7 } },
    });
    await engine.stop();
  });

  test('one that throws, rejects, says nothing or has failed is told as what it is', async () => {
    const Throws = service('Throws', [], {
      health: () => {
        throw new Error('sensor');
      },
    });
    const Rejects = service('Rejects', [], { health: () => Promise.reject(new Error('net')) });
    const Silent = service('Silent', [], { health: () => undefined });
    const Failed = service('Failed');
    const { engine } = await boot([Throws, Rejects, Silent, Failed]);
    engine.get(Failed).fail(new Error('gone'));
    expect((await askHealth(engine.patients)).services).toEqual({
      Throws: { status: 'down', error: 'sensor' },
      Rejects: { status: 'down', error: 'net' },
      Silent: { status: 'up' },
      Failed: { status: 'down', error: 'gone', errors: 1 },
    });
    await engine.stop();
  });

  test('one that never answers is down within a second, by name', async () => {
    const Mute = service('Mute', [], { health: () => never });
    const { engine } = await boot([Mute]);
    const { status, services } = await askHealth(engine.patients);
    expect([status, services.Mute?.error]).toEqual(['down', expect.stringContaining('Mute.health()')]);
    await engine.stop();
  });

  test('counts what was reported of each service', () => {
    const { events } = hear();
    const count = new ErrorCount(events, (name) => name !== 'a child');
    const error = new Error('e');
    events.emit('task-failed', { service: 'A', task: 't', error });
    events.emit('listener-failed', { service: 'A', event: 'e', error });
    events.emit('started', { service: 'A', duration: 1 });
    events.emit('timer-failed', { service: 'B', timer: 't', error });
    events.emit('timer-failed', { service: 'a child', timer: 't', error });
    expect([count.of('A'), count.of('B'), count.of('C'), count.of('a child')]).toEqual([2, 1, 0, 0]);
  });

  test('a factory that gave a service is asked as well, one that gave a value is not', async () => {
    class Worker extends Lifecycle {}
    const { engine } = await boot([
      { provide: 'worker', useFactory: () => new Worker() },
      { provide: 'port', useFactory: () => 80 },
    ]);
    expect(Object.keys((await askHealth(engine.patients)).services)).toEqual(['Worker']);
    await engine.stop();
  });
});

test('the logger writes each event at its level, with its fields and without its time', () => {
  const { events } = hear();
  const lines: unknown[] = [];
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
  const logger = Object.fromEntries(
    levels.map((level) => [level, (fields: object, text: string) => lines.push([level, fields, text])]),
  );
  const release = logEvents(events, logger as unknown as Logger);
  const error = new Error('why');
  events.emit('started', { service: 'A', duration: 1 });
  events.emit('task-failed', { service: 'A', task: 't', error });
  release();
  events.emit('starting', { service: 'late' });
  expect(lines).toEqual([
    ['info', { type: 'started', service: 'A', duration: 1 }, 'A started in 1 ms'],
    ['error', { type: 'task-failed', service: 'A', task: 't', error }, 'A: task "t" failed: why'],
  ]);
});

test('a logger that throws stops nobody', async () => {
  const print = jest.spyOn(console, 'error').mockImplementation(() => {});
  const Fine = service('Fine');
  const { engine, events } = prepare([Fine]);
  const broken = () => {
    throw new Error('disk full');
  };
  logEvents(events, { trace: broken, debug: broken, info: broken, warn: broken, error: broken, fatal: broken });
  await engine.start();
  expect(engine.get(Fine).running).toBe(true);
  await engine.stop();
  expect(print).toHaveBeenCalled();
  print.mockRestore();
});

test('the ownership tree is drawn with branches, kinds and birthplaces', () => {
  const leaf = { kind: 'timer' as const, label: 'interval of 5 ms', birth: 'a.ts:1:2', children: [] };
  const child = {
    kind: 'child' as const,
    label: 'Disk',
    children: [leaf, { kind: 'listener' as const, label: 'e', children: [] }],
  };
  expect(ownershipTree('application', [child, { ...leaf, label: 'last' }]).toText()).toBe(
    [
      'application',
      '├─ Disk',
      '│  ├─ timer interval of 5 ms  (a.ts:1:2)',
      '│  └─ listener e',
      '└─ timer last  (a.ts:1:2)',
    ].join('\n'),
  );
});
