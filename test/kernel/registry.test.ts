import { settle as settleAt } from '../../src/kernel/home.js';
import { type Dependencies, Registry } from '../../src/kernel/registry.js';
import { Scope } from '../../src/kernel/scope.js';
import { token } from '../../src/kernel/token.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { hear, rejection, settle, surround } from './heard.js';

function open(dependencies?: Dependencies) {
  const clock = new ManualClock();
  return { clock, registry: new Registry(clock, dependencies ? { dependencies } : {}) };
}

/** A scope with a home, as the scope of a managed instance. */
function owner(name: string) {
  const around = surround();
  const scope = new Scope(name, { clock: around.clock, events: around.events });
  settleAt(scope, { name, environment: around, scope });
  return scope;
}

class Disk {}
class Tuner {}

describe('entries', () => {
  test('are found by class, string, symbol and typed token, and never by another of the same name', () => {
    const { registry } = open();
    const PORT = token<number>('port');
    const disk = new Disk();
    registry.provide(Disk, disk);
    registry.provide('Disk', 'a name');
    registry.provide(PORT, 80);
    registry.provide(Symbol.for('s'), 's');
    expect(registry.resolve(Disk)).toBe(disk);
    expect(registry.resolve('Disk')).toBe('a name');
    expect(registry.require(PORT)).toBe(80);
    expect(registry.resolve(token('port'))).toBeUndefined();
    expect(registry.list()).toEqual([Disk, 'Disk', PORT, Symbol.for('s')]);
  });

  test('are in a Map: names as __proto__ are keys like any other', () => {
    const { registry } = open();
    expect(registry.has('__proto__')).toBe(false);
    expect(registry.resolve('constructor')).toBeUndefined();
    registry.provide('__proto__', 1);
    expect(registry.resolve('__proto__')).toBe(1);
  });

  test('may hold undefined, null and false', async () => {
    const { registry } = open();
    for (const value of [undefined, null, false, 0, '']) registry.provide(`key ${value}`, value);
    expect(registry.require('key undefined')).toBeUndefined();
    expect(await registry.waitFor('key null')).toBeNull();
    expect(registry.has('key false')).toBe(true);
  });

  test('are provided once: a second one names the owner of the first; replace takes its place', () => {
    const { registry } = open();
    const release = registry.provide('camera', 1, { owner: owner('Hall') });
    expect(() => registry.provide('camera', 2)).toThrow(
      expect.objectContaining({
        code: 'SPECTER_ALREADY_PROVIDED',
        message: expect.stringContaining('already provided by Hall'),
      }),
    );
    registry.provide('camera', 3, { replace: true });
    release();
    expect(registry.resolve('camera')).toBe(3);
  });

  test('go with their owner; one that was replaced does not take the new one with it', async () => {
    const { registry } = open();
    const first = owner('first');
    const second = owner('second');
    registry.provide('a', 1, { owner: first });
    registry.provide('b', 1, { owner: first });
    registry.provide('b', 2, { owner: second, replace: true });
    await first.close();
    expect([registry.has('a'), registry.resolve('b')]).toEqual([false, 2]);
    await second.close();
    expect(registry.list()).toEqual([]);
  });

  test('of an owner that has closed are refused, and nobody is woken', async () => {
    const { registry, clock } = open();
    const closed = owner('closed');
    await closed.close();
    const waiting = rejection(registry.waitFor('late', { timeout: 10 }));
    expect(() => registry.provide('late', 1, { owner: closed })).toThrow(
      expect.objectContaining({ code: 'SPECTER_SCOPE_CLOSED' }),
    );
    expect(registry.has('late')).toBe(false);
    await clock.advance(10);
    expect(await waiting).toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
  });

  test('unregister takes one away, whoever owns it', () => {
    const { registry } = open();
    registry.provide('a', 1, { owner: owner('x') });
    registry.unregister('a');
    registry.unregister('a');
    expect(registry.has('a')).toBe(false);
  });

  test.each<[string, (registry: Registry) => void]>([
    ['unregister', (registry) => registry.unregister('a')],
    ['replace', (registry) => void registry.provide('a', 2, { replace: true })],
    ['clear', (registry) => registry.clear()],
  ])('%s leaves nothing in the ledger of the owner, however often it is done', (_, takeAway) => {
    const { registry } = open();
    const scope = owner('Hall');
    for (let i = 0; i < 3; i++) {
      registry.provide('a', i, { owner: scope, replace: true });
      takeAway(registry);
    }
    expect(scope.size).toBe(0);
  });

  test('of an owner that has closed does not take the place of what is there', async () => {
    const { registry } = open();
    const closed = owner('closed');
    await closed.close();
    registry.provide('a', 1);
    expect(() => registry.provide('a', 2, { owner: closed, replace: true })).toThrow('came too late');
    expect(registry.resolve('a')).toBe(1);
  });

  test('require says what is missing and which names are near', () => {
    const { registry } = open();
    registry.provide('camera:front', 1);
    registry.provide('tuner', 1);
    const ask = () => registry.require('camera:frnot');
    expect(ask).toThrow(expect.objectContaining({ code: 'SPECTER_NOT_FOUND' }));
    expect(ask).toThrow('The registry has no camera:frnot. Near names: camera:front. Provide it first.');
    expect(() => registry.require(Disk)).toThrow('no Disk');
  });
});

describe('waitFor', () => {
  test('resolves at once with what is there, and later with what comes', async () => {
    const { registry, clock } = open();
    registry.provide('here', 1);
    expect(await registry.waitFor('here')).toBe(1);
    const waits = [registry.waitFor('later'), registry.waitFor('later')];
    registry.provide('later', 2);
    expect(await Promise.all(waits)).toEqual([2, 2]);
    expect(clock.pending).toBe(0);
  });

  test('with an owner resolves as well, and leaves the ledger of the owner', async () => {
    const { registry, clock } = open();
    const scope = owner('Hall');
    const waiting = registry.waitFor('later', { owner: scope });
    expect(scope.tree().map(({ label }) => label)).toEqual(['wait for later']);
    registry.provide('later', 2);
    expect(await waiting).toBe(2);
    expect([scope.size, clock.pending]).toEqual([0, 0]);
  });

  test('has a deadline of ten seconds when none is given; the error names waiter, key and near names', async () => {
    const { registry, clock } = open();
    registry.provide('disk:1', 1);
    const waiting = rejection(registry.waitFor('disk:2', { owner: owner('Indexer') }));
    await clock.advance(9_999);
    registry.provide('other', 1);
    await clock.advance(1);
    const error = await waiting;
    expect(error).toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
    expect(error.message).toBe('Indexer waited 10000 ms for disk:2, which did not come. Near names: disk:1.');
  });

  test('rejects at once on clear(), naming the key', async () => {
    const { registry, clock } = open();
    const waits = [rejection(registry.waitFor('a')), rejection(registry.waitFor(Disk, { owner: owner('X') }))];
    registry.clear();
    const errors = await Promise.all(waits);
    expect(errors.map(({ code }) => code)).toEqual(['SPECTER_REGISTRY_CLEARED', 'SPECTER_REGISTRY_CLEARED']);
    expect(errors[1]?.message).toContain('X waited for Disk');
    expect(clock.pending).toBe(0);
  });

  test('rejects when its owner stops, naming the key and why', async () => {
    const { registry, clock } = open();
    const scope = owner('Hall');
    const waiting = rejection(registry.waitFor('never', { owner: scope }));
    await scope.close();
    expect(await waiting).toMatchObject({
      code: 'SPECTER_WAIT_ENDED',
      message: expect.stringContaining('Hall waited for never'),
    });
    expect(clock.pending).toBe(0);
  });

  test('by an owner that has stopped is refused, and neither timer nor report is left', async () => {
    const { registry, clock } = open();
    const heard = hear();
    const scope = new Scope('gone', { clock, events: heard.events });
    settleAt(scope, { name: 'gone', environment: surround(), scope });
    await scope.close();
    expect(await rejection(registry.waitFor('x', { owner: scope }))).toMatchObject({
      code: expect.stringContaining('SPECTER_'),
    });
    expect(clock.pending).toBe(0);
    expect(heard.log).toEqual([]);
  });

  test('ends with its signal', async () => {
    const { registry, clock } = open();
    const abort = new AbortController();
    const waiting = rejection(registry.waitFor('x', { signal: abort.signal }));
    abort.abort(new Error('enough'));
    expect(await waiting).toEqual(new Error('enough'));
    expect(await rejection(registry.waitFor('x', { signal: abort.signal }))).toEqual(new Error('enough'));
    expect(clock.pending).toBe(0);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    'cannot wait for ever: a timeout of %p is refused',
    (timeout) => {
      const { registry } = open();
      expect(() => registry.waitFor('x', { timeout })).toThrow(
        expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }),
      );
    },
  );
});

describe('a ring of waits and dependencies', () => {
  const needs: Record<string, string[]> = { Tuner: ['Guide'], Guide: ['Disk'], Disk: [], Hall: [] };
  const dependencies: Dependencies = {
    nameOf: (key) => (typeof key === 'function' ? key.name : typeof key === 'string' && key in needs ? key : undefined),
    needs: (name) => needs[name] ?? [],
  };

  test('is rejected at once, naming the whole chain', async () => {
    const { registry, clock } = open(dependencies);
    const error = await rejection(registry.waitFor(Tuner, { owner: owner('Disk') }));
    expect(error).toMatchObject({ code: 'SPECTER_WAIT_DEADLOCK' });
    expect(error.message).toContain('Disk waits for Tuner waits for Guide waits for Disk');
    expect(clock.pending).toBe(0);
  });

  test('closed by two waits is seen by the second, and the first goes on waiting', async () => {
    const { registry, clock } = open({ ...dependencies, needs: () => [] });
    const first = rejection(registry.waitFor('Hall', { owner: owner('Disk'), timeout: 50 }));
    const second = await rejection(registry.waitFor('Disk', { owner: owner('Hall') }));
    expect(second).toMatchObject({
      code: 'SPECTER_WAIT_DEADLOCK',
      message: expect.stringContaining('Hall waits for Disk waits for Hall'),
    });
    await clock.advance(50);
    expect(await first).toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
  });

  test('of one is a ring too', async () => {
    const { registry } = open(dependencies);
    expect(await rejection(registry.waitFor('Hall', { owner: owner('Hall') }))).toMatchObject({
      message: expect.stringContaining('Hall waits for Hall'),
    });
  });

  test('is none when the way does not lead back', async () => {
    const { registry } = open(dependencies);
    const waiting = registry.waitFor('Disk', { owner: owner('Hall') });
    registry.provide('Disk', 1);
    expect(await waiting).toBe(1);
  });

  test('is none when the wait is that of a task: the owner goes on without it', async () => {
    const { registry } = open(dependencies);
    const disk = owner('Disk');
    let waiting: Promise<unknown> | undefined;
    disk.spawn(() => {
      waiting = registry.waitFor(Tuner, { owner: disk, timeout: 50 });
      return waiting.catch(() => {});
    });
    await settle();
    registry.provide(Tuner, new Tuner());
    expect(await waiting).toBeInstanceOf(Tuner);
  });

  test('is none either for somebody who waits for the owner of such a task', async () => {
    const { registry } = open({ ...dependencies, needs: () => [] });
    const disk = owner('Disk');
    disk.spawn(() => registry.waitFor('Hall', { owner: disk, timeout: 50 }).catch(() => {}));
    await settle();
    const waiting = registry.waitFor('Disk', { owner: owner('Hall') });
    registry.provide('Disk', 1);
    expect(await waiting).toBe(1);
  });

  test('through a chain of twenty thousand is found, without a stack overflow', async () => {
    const { registry } = open({
      nameOf: (key) => String(key),
      needs: (name) => (name === '20000' ? ['waiter'] : [String(Number(name) + 1)]),
    });
    const error = await rejection(registry.waitFor('0', { owner: owner('waiter') }));
    expect(error).toMatchObject({ code: 'SPECTER_WAIT_DEADLOCK' });
    expect(error.message.split(' waits for ')).toHaveLength(20_003);
  });

  test('is not searched in circles', async () => {
    const { registry, clock } = open({ nameOf: (key) => String(key), needs: (name) => (name === 'a' ? ['b'] : ['a']) });
    const waiting = rejection(registry.waitFor('a', { owner: owner('outside'), timeout: 5 }));
    await clock.advance(5);
    expect(await waiting).toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
  });
});

test('two registries never see each other', () => {
  const a = open().registry;
  const b = open().registry;
  a.provide('x', 1);
  expect(b.has('x')).toBe(false);
});
