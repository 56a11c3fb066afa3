// What every backend of a queue must do, as tests: called once for each backend.
import {
  type Claim,
  FINISHED,
  type JobRecord,
  type JobState,
  type NewJob,
  type QueueBackend,
} from '../../src/queue/backend.js';

/** A backend that is open, empty, and whose time the tests turn. */
export interface BackendStage {
  readonly backend: QueueBackend;
  /** Lets milliseconds pass. */
  advance(ms: number): Promise<void>;
}

export interface BackendNeeds {
  readonly retain: { readonly completed: number; readonly dead: number };
}

const NOBODY: ReadonlySet<string> = new Set();
const ROOM = 1_000;
let count = 0;

const job = (data: unknown, more: Partial<NewJob> = {}): NewJob => ({
  id: `job-${count++}`,
  data,
  key: undefined,
  priority: 100,
  delay: 0,
  attempts: 3,
  ...more,
});

/** @param make - a fresh backend, closed by the contract */
export function queueContract(name: string, make: (needs: BackendNeeds) => Promise<BackendStage>): void {
  describe(`a backend (${name})`, () => {
    let stage: BackendStage;
    let backend: QueueBackend;
    const open = async (needs: BackendNeeds = { retain: { completed: 10, dead: 10 } }) => {
      stage = await make(needs);
      ({ backend } = stage);
    };
    beforeEach(() => open());
    afterEach(() => backend.close());

    const add = async (data: unknown, more: Partial<NewJob> = {}): Promise<JobRecord> => {
      const added = await backend.add([job(data, more)], ROOM);
      return (added as NonNullable<typeof added>)[0]?.record as JobRecord;
    };
    const claim = async (limit = 1, except = NOBODY) => backend.claim(limit, except);
    const one = async (): Promise<JobRecord> => (await claim())[0] as JobRecord;
    const dataOf = (records: readonly JobRecord[]) => records.map(({ data }) => data);
    const stateOf = async ({ id }: { id: string }) => (await backend.get(id))?.state;
    const counted = async () =>
      Object.fromEntries(Object.entries(await backend.counts()).filter(([, number]) => number > 0));

    describe('adds', () => {
      test('a job that waits, with all that was said of it', async () => {
        const record = await add({ file: 'a' }, { key: 'k', priority: 5 });
        expect(record).toMatchObject({
          data: { file: 'a' },
          key: 'k',
          priority: 5,
          attempts: 3,
          attempt: 0,
          state: 'waiting',
        });
        expect(record.enqueuedAt).toBeGreaterThan(0);
        expect(await backend.get(record.id)).toEqual(record);
      });

      test('one with a delay, which is delayed', async () => {
        expect(await add('later', { delay: 10 })).toMatchObject({ state: 'delayed' });
        expect(await claim()).toEqual([]);
      });

      test('all of them, or none when there is no room; delayed and failed ones take up room', async () => {
        await add('waits');
        await add('delayed', { delay: 10 });
        await add('fails', { priority: 1 });
        await backend.fail(await one(), new Error('no'), 50);
        expect(await counted()).toEqual({ waiting: 1, delayed: 1, failed: 1 });
        expect(await backend.add([job('a'), job('b')], 4)).toBeUndefined();
        expect(await counted()).toEqual({ waiting: 1, delayed: 1, failed: 1 });
        expect(await backend.add([job('a')], 4)).toHaveLength(1);
      });

      test('active and finished ones take up none', async () => {
        for (const data of ['active', 'done', 'dead', 'off']) await add(data);
        const [, done, dead, off] = (await claim(4)) as [JobRecord, JobRecord, JobRecord, JobRecord];
        await backend.complete(done, 1);
        await backend.fail(dead, new Error('no'), undefined);
        await backend.cancel(off.id);
        expect(await backend.add([job('a')], 1)).toHaveLength(1);
      });

      test('a key once: the unfinished job that has it is given instead, and needs no room', async () => {
        const first = await add('a', { key: 'k' });
        expect(await backend.add([job('b', { key: 'k' })], 1)).toMatchObject([{ record: first, isNew: false }]);
        const [x, y] = (await backend.add([job('c', { key: 'l' }), job('d', { key: 'l' })], 2)) ?? [];
        expect([x?.isNew, y?.isNew, y?.record.id]).toEqual([true, false, x?.record.id]);
      });

      test.each<[JobState, (record: Claim) => Promise<unknown>]>([
        ['completed', (record) => backend.complete(record, 1)],
        ['dead', (record) => backend.fail(record, new Error('no'), undefined)],
        ['cancelled', ({ id }) => backend.cancel(id)],
      ])('the same key again when the job that had it is %s', async (state, end) => {
        const first = await add('a', { key: 'k' });
        await end(await one());
        expect(await stateOf(first)).toBe(state);
        expect((await add('b', { key: 'k' })).id).not.toBe(first.id);
      });
    });

    describe('gives jobs out', () => {
      test('by priority, the lower first, then in the order in which they were added', async () => {
        for (const [i, priority] of [5, 1, 5, 1, 3].entries()) await add(i, { priority });
        expect(dataOf(await claim(2))).toEqual([1, 3]);
        expect(dataOf(await claim(9))).toEqual([4, 0, 2]);
        expect(await claim(9)).toEqual([]);
      });

      test('once each, active, with the attempt that begins', async () => {
        const { id } = await add('a');
        expect(await one()).toMatchObject({ id, state: 'active', attempt: 1 });
        expect(await claim()).toEqual([]);
      });

      test('but not those that it is told to leave, which keep their place', async () => {
        const first = await add('a');
        await add('b');
        await add('c');
        expect(dataOf(await claim(1, new Set([first.id])))).toEqual(['b']);
        expect(dataOf(await claim(2))).toEqual(['a', 'c']);
      });
    });

    describe('keeps time', () => {
      test('what is due waits, in its old place; it is told when the next one will be', async () => {
        await add('b', { delay: 30 });
        await add('a', { delay: 10 });
        await add('c');
        expect(await backend.promote()).toEqual({ due: [], next: expect.closeTo(10, -1) });
        await stage.advance(10);
        const { due, next } = await backend.promote();
        expect([dataOf(due), due[0]?.state]).toEqual([['a'], 'waiting']);
        expect(next).toBeGreaterThan(0);
        await stage.advance(20);
        expect(await backend.promote()).toMatchObject({ due: [{ data: 'b' }], next: undefined });
        expect(dataOf(await claim(3))).toEqual(['b', 'a', 'c']);
      });
    });

    describe('ends an attempt', () => {
      test('with a result', async () => {
        await add('a');
        const active = await one();
        expect(await backend.complete(active, { n: 1 })).toMatchObject({ state: 'completed', result: { n: 1 } });
        expect(await counted()).toEqual({ completed: 1 });
      });

      test('with an error, and another attempt when its time has come', async () => {
        await add('a');
        const error = Object.assign(new Error('no answer'), { code: 'E_NO' });
        expect(await backend.fail(await one(), error, 20)).toMatchObject({ state: 'failed', attempt: 1 });
        expect(await claim()).toEqual([]);
        await stage.advance(20);
        await backend.promote();
        const again = await one();
        expect(again).toMatchObject({ state: 'active', attempt: 2 });
        expect([again.error?.message, (again.error as { code?: string }).code]).toEqual(['no answer', 'E_NO']);
      });

      test('with an error, and no further one: it is dead', async () => {
        const { id } = await add('a');
        expect(await backend.fail(await one(), new Error('no'), undefined)).toMatchObject({ state: 'dead' });
        await stage.advance(100_000);
        expect((await backend.promote()).due).toEqual([]);
        expect(await claim()).toEqual([]);
        expect(await stateOf({ id })).toBe('dead');
      });

      test('by giving it back: the attempt does not count, and the job keeps its place', async () => {
        await add('a');
        await add('b');
        expect(await backend.giveBack(await one())).toMatchObject({ state: 'waiting', attempt: 0 });
        expect(dataOf(await claim(2))).toEqual(['a', 'b']);
      });

      test('by losing it: nobody knows of it any more', async () => {
        const { id } = await add('a', { key: 'k' });
        await backend.lose(await one());
        expect(await backend.get(id)).toBeUndefined();
        expect(await counted()).toEqual({});
        expect((await add('b', { key: 'k' })).data).toBe('b');
      });

      test('progress is kept, and begins anew with the next attempt', async () => {
        await add('a');
        const active = await one();
        const progress = { percent: 50, message: 'half' };
        expect(await backend.progress(active, progress)).toMatchObject({ state: 'active', progress });
        await backend.fail(active, new Error('no'), 0);
        await backend.promote();
        expect((await one()).progress).toBeUndefined();
      });
    });

    describe('hears nobody whose attempt is over', () => {
      const moves: [string, (claim: Claim) => Promise<unknown>][] = [
        ['complete', (old) => backend.complete(old, 1)],
        ['fail', (old) => backend.fail(old, new Error('no'), undefined)],
        ['giveBack', (old) => backend.giveBack(old)],
        ['progress', (old) => backend.progress(old, { percent: 1 })],
      ];
      test.each(moves)('%s() by an older attempt changes nothing', async (_, move) => {
        await add('a');
        const old = await one();
        await backend.fail(old, new Error('no'), 0);
        await backend.promote();
        const fresh = await one();
        expect(await move(old)).toBeUndefined();
        expect(await backend.get(old.id)).toEqual(fresh);
      });

      test.each(moves)('%s() after a cancel changes nothing', async (_, move) => {
        await add('a');
        const old = await one();
        await backend.cancel(old.id);
        expect(await move(old)).toBeUndefined();
        expect(await stateOf(old)).toBe('cancelled');
      });

      test('renew() tells which are still theirs', async () => {
        await add('a');
        await add('b');
        const [lost, kept] = (await claim(2)) as [JobRecord, JobRecord];
        await backend.cancel(lost.id);
        expect((await backend.renew([lost, kept])).map(({ id }) => id)).toEqual([kept.id]);
        await backend.lose(lost);
        expect(await stateOf(lost)).toBe('cancelled');
      });
    });

    describe('cancels', () => {
      test('what waits, is delayed, has failed or is active', async () => {
        const fails = await add('fails');
        await backend.fail(await one(), new Error('no'), 50);
        const active = await add('active');
        await one();
        const waits = await add('waits');
        const delayed = await add('delayed', { delay: 50 });
        for (const { id } of [fails, active, waits, delayed])
          expect(await backend.cancel(id)).toMatchObject({ state: 'cancelled' });
        await stage.advance(50);
        expect((await backend.promote()).due).toEqual([]);
        expect(await claim(9)).toEqual([]);
        expect(await counted()).toEqual({ cancelled: 4 });
      });

      test('nothing that is finished or unknown', async () => {
        const { id } = await add('a');
        await backend.complete(await one(), 1);
        expect([await backend.cancel(id), await backend.cancel('nobody')]).toEqual([undefined, undefined]);
      });
    });

    describe('retries', () => {
      test('a dead or cancelled job with all its attempts, behind the others', async () => {
        const dead = await add('dead');
        await backend.fail(await one(), new Error('no'), undefined);
        const off = await add('off');
        await backend.cancel(off.id);
        await add('waits');
        expect(await backend.retry(dead.id, ROOM)).toMatchObject({ state: 'waiting', attempt: 0, error: undefined });
        await backend.retry(off.id, ROOM);
        expect(dataOf(await claim(9))).toEqual(['waits', 'dead', 'off']);
      });

      test('a failed one at once, with the attempts that are left', async () => {
        const { id } = await add('a');
        await backend.fail(await one(), new Error('no'), 1_000);
        expect(await backend.retry(id, 0)).toMatchObject({ state: 'waiting', attempt: 1 });
        expect(await one()).toMatchObject({ attempt: 2 });
      });

      test('nothing else', async () => {
        const waits = await add('a');
        const delayed = await add('b', { delay: 10 });
        for (const id of [waits.id, delayed.id, 'nobody']) expect(await backend.retry(id, ROOM)).toBeUndefined();
        const active = await one();
        expect(await backend.retry(active.id, ROOM)).toBeUndefined();
        await backend.complete(active, 1);
        expect(await backend.retry(active.id, ROOM)).toBeUndefined();
      });

      test('nothing when there is no room, or when another job has its key by now', async () => {
        const dead = await add('dead', { key: 'k' });
        await backend.fail(await one(), new Error('no'), undefined);
        const rival = await add('rival', { key: 'k' });
        expect(await backend.retry(dead.id, ROOM)).toMatchObject({ id: rival.id });
        await backend.cancel(rival.id);
        expect(await backend.retry(dead.id, 0)).toBe('full');
        expect(await stateOf(dead)).toBe('dead');
        expect(await backend.retry(dead.id, 1)).toMatchObject({ id: dead.id });
        expect(await add('later', { key: 'k' })).toMatchObject({ id: dead.id });
      });
    });

    describe('forgets', () => {
      test('the oldest finished jobs, beyond as many as it keeps', async () => {
        await backend.close();
        await open({ retain: { completed: 2, dead: 1 } });
        for (let i = 0; i < 4; i++) await add(i);
        const all = await claim(4);
        for (const record of all) await backend.complete(record, 1);
        for (let i = 0; i < 3; i++) await add(`bad ${i}`);
        for (const record of await claim(3)) await backend.fail(record, new Error('no'), undefined);
        expect(dataOf(await backend.list({}))).toEqual([2, 3, 'bad 2']);
        expect(await counted()).toEqual({ completed: 2, dead: 1 });
        const off = await add('off');
        await backend.cancel(off.id);
        expect(await counted()).toEqual({ completed: 1, cancelled: 1, dead: 1 });
      });

      test('all that finish when it keeps none, after their end has been told', async () => {
        await backend.close();
        await open({ retain: { completed: 0, dead: 0 } });
        await add('a');
        expect(await backend.complete(await one(), 5)).toMatchObject({ state: 'completed', result: 5 });
        expect(await counted()).toEqual({});
      });
    });

    test('lists jobs of a state, the oldest first, no more than asked for', async () => {
      for (let i = 0; i < 5; i++) await add(i);
      await claim(2);
      expect(dataOf(await backend.list({ state: 'waiting', limit: 2 }))).toEqual([2, 3]);
      expect(dataOf(await backend.list({}))).toEqual([0, 1, 2, 3, 4]);
      for (let i = 5; i < 150; i++) await add(i);
      expect(await backend.list({})).toHaveLength(100);
    });

    test('a record is a snapshot, which later moves do not change', async () => {
      const before = await add('a');
      await one();
      expect(before.state).toBe('waiting');
    });

    test('two who ask at the same time never get the same job', async () => {
      await backend.add(
        Array.from({ length: 100 }, (_, i) => job(i)),
        ROOM,
      );
      const given = (await Promise.all(Array.from({ length: 20 }, () => claim(7)))).flat();
      expect(given).toHaveLength(100);
      expect(new Set(given.map(({ id }) => id)).size).toBe(100);
    });

    test('counts are those of the list, whatever happened', async () => {
      const ids =
        (await backend.add(
          Array.from({ length: 30 }, (_, i) => job(i, { delay: i % 3 })),
          ROOM,
        )) ?? [];
      await stage.advance(1);
      await backend.promote();
      for (const [i, record] of (await claim(12)).entries()) {
        if (i % 4 === 0) await backend.complete(record, i);
        if (i % 4 === 1) await backend.fail(record, new Error('no'), i % 8 === 1 ? undefined : 10);
        if (i % 4 === 2) await backend.giveBack(record);
      }
      for (const { record } of ids.slice(20, 25)) await backend.cancel(record.id);
      const listed: Record<string, number> = {};
      for (const { state } of await backend.list({})) listed[state] = (listed[state] ?? 0) + 1;
      expect(await counted()).toEqual(listed);
      expect(Object.keys(listed).some((state) => FINISHED.has(state as JobState))).toBe(true);
    });
  });
}
