import { Observable } from '../../src/kernel/observable.js';
import { Scope } from '../../src/kernel/scope.js';
import { surround } from './heard.js';

interface State {
  a: number;
  b?: { readonly c: number } | undefined;
}

function open(initial: State = { a: 1 }) {
  const around = surround();
  const scope = new Scope('Player', { clock: around.clock, events: around.events });
  const self = { name: 'self' };
  return {
    around,
    scope,
    self,
    it: new Observable<State, typeof self>(initial, self, { name: 'Player', environment: around, scope }),
  };
}

test('the initial value is copied, and every value is frozen', () => {
  const initial = { a: 1 };
  const { it } = open(initial);
  initial.a = 2;
  expect(it.value).toEqual({ a: 1 });
  it.merge({ a: 3 });
  expect(Object.isFrozen(it.value)).toBe(true);
  expect(() => Object.assign(it.value, { a: 4 })).toThrow(TypeError);
});

test('subscribers are told after the merge, with the value and the owner of the state', () => {
  const { it, self } = open();
  const seen: unknown[] = [];
  it.subscribe((value, who) => seen.push([value, who, it.value]), {});
  it.merge({ a: 2 });
  expect(seen).toEqual([[{ a: 2 }, self, { a: 2 }]]);
});

test('without a change nobody is told: same values, NaN, nothing at all', () => {
  const { it } = open({ a: Number.NaN });
  const fn = jest.fn();
  it.subscribe(fn, {});
  const before = it.value;
  it.merge({ a: Number.NaN });
  it.merge({});
  expect(fn).not.toHaveBeenCalled();
  expect(it.value).toBe(before);
});

test('a key that is new with the value undefined is a change', () => {
  const { it } = open();
  const fn = jest.fn();
  it.subscribe(fn, {});
  it.merge({ b: undefined });
  it.merge({ b: undefined });
  expect(fn).toHaveBeenCalledTimes(1);
});

test('a selector tells when its slice changed, by identity', () => {
  const { it } = open({ a: 1, b: { c: 1 } });
  const seen: unknown[] = [];
  it.subscribe((slice) => seen.push(slice), { selector: (state) => state.b?.c });
  it.merge({ a: 2 });
  it.merge({ b: { c: 1 } });
  it.merge({ b: { c: 2 } });
  expect(seen).toEqual([2]);
});

test('immediate tells the present value at once', () => {
  const { it } = open();
  const fn = jest.fn();
  it.subscribe(fn, { immediate: true });
  expect(fn).toHaveBeenCalledWith({ a: 1 }, { name: 'self' });
});

test('a subscriber that changes the state again: everyone sees the last value once, nobody an older one after it', () => {
  const { it } = open();
  const seen: string[] = [];
  it.subscribe(({ a }: State) => {
    seen.push(`first ${a}`);
    if (a === 2) it.merge({ a: 3 });
  }, {} as never);
  it.subscribe(({ a }: State) => seen.push(`second ${a}`), {} as never);
  it.merge({ a: 2 });
  expect(seen).toEqual(['first 2', 'first 3', 'second 3']);
});

test('a failing subscriber or selector is reported by name and stops neither the others nor the change', () => {
  const { it, around } = open();
  const fn = jest.fn();
  it.subscribe(() => {
    throw new Error('subscriber');
  }, {});
  let broken = false;
  it.subscribe(fn, {
    selector: (state) => {
      if (broken) throw new Error('selector');
      return state.a;
    },
  });
  it.subscribe(fn, {});
  broken = true;
  it.merge({ a: 2 });
  expect(fn).toHaveBeenCalledTimes(1);
  expect(around.of('listener-failed').map(({ service, error }) => `${service}: ${error.message}`)).toEqual([
    'Player: subscriber',
    'Player: selector',
  ]);
});

test('ends with its release, with its owner, and at once for one released meanwhile', async () => {
  const { it, scope } = open();
  const fn = jest.fn();
  const release = it.subscribe(fn, {});
  release();
  release();
  it.subscribe(fn, { owner: scope });
  await scope.close();
  it.merge({ a: 2 });
  expect(fn).not.toHaveBeenCalled();

  const other = open().it;
  const last = jest.fn();
  other.subscribe(() => end(), {});
  const end = other.subscribe(last, {});
  other.merge({ a: 2 });
  expect(last).not.toHaveBeenCalled();
});
