// The workers over a backend that outlives the process, and over one that fails.
import { IsString } from 'class-validator';
import type { Job, LifecycleEvent } from '../../src/index.js';
import { Bus } from '../../src/kernel/bus.js';
import { Events } from '../../src/kernel/events.js';
import type { Workplace } from '../../src/queue/attempts.js';
import type { NewJob, QueueBackend } from '../../src/queue/backend.js';
import { Intake } from '../../src/queue/intake.js';
import { Ledger } from '../../src/queue/ledger.js';
import { MemoryBackend } from '../../src/queue/memory-backend.js';
import { Workers } from '../../src/queue/workers.js';
import { ManualClock } from '../../src/testing/index.js';
import { compileGate } from '../../src/validation/gate.js';

class Film {
  @IsString() title = '';
}

/** As a file would keep them: data as it came, and the jobs of others. */
class DurableBackend extends MemoryBackend {
  override readonly durable = true;
}

function stage(make: (clock: ManualClock) => QueueBackend, handle: (job: Job) => unknown) {
  const clock = new ManualClock();
  const events = new Events(clock, { quiet: true });
  const told: LifecycleEvent[] = [];
  events.on('*', (event) => void told.push(event));
  const bus = new Bus({ clock, events });
  const backend = make(clock);
  const ledger: Ledger = new Ledger(
    { name: 'films', clock, advance: (job, progress) => void workers.advance(job, progress) },
    () => bus,
    () => {},
  );
  const at: Workplace = {
    name: 'films',
    plan: {
      concurrency: 1,
      maxSize: 10,
      attempts: 3,
      backoff: { min: 10, max: 10, factor: 1, jitter: 0 },
      timeout: undefined,
      retain: { completed: 10, dead: 10 },
      gate: compileGate(Film, { in: 'payload', where: 'films' }),
    },
    backend,
    ledger,
    environment: () => ({ clock, events }),
    handle,
  };
  const workers: Workers = new Workers(at);
  return { clock, told, backend, workers, intake: new Intake(at, () => 'running') };
}

const retain = { completed: 10, dead: 10 };
const durable = (clock: ManualClock) => new DurableBackend({ retain, clock: () => clock });
const kept = (data: unknown): NewJob => ({ id: 'old', data, key: undefined, priority: 100, delay: 0, attempts: 3 });

describe('over a backend that outlives the process', () => {
  test('data is kept as it came, and is made again when the job runs', async () => {
    const seen: unknown[] = [];
    const { clock, backend, workers, intake } = stage(durable, ({ data }) => void seen.push(data));
    await intake.take([{ title: 'Alien' }], []);
    expect((await backend.list({}))[0]?.data).not.toBeInstanceOf(Film);
    workers.start();
    await clock.settle();
    expect(seen).toEqual([expect.any(Film)]);
  });

  test('a job whose data fits no more is dead at once, and the others run', async () => {
    const seen: unknown[] = [];
    const { clock, backend, workers, told } = stage(durable, ({ data }) => void seen.push(data));
    await backend.add([kept({ name: 'Alien' }), { ...kept({ title: 'Brazil' }), id: 'new' }], 10);
    workers.start();
    await clock.settle();
    expect(await backend.get('old')).toMatchObject({ state: 'dead', attempt: 1, error: { code: 'SPECTER_PAYLOAD' } });
    expect(seen).toEqual([{ title: 'Brazil' }]);
    expect(told.filter(({ type }) => type === 'job-failed')).toHaveLength(1);
  });

  test('a job that does not end when the queue stops goes back, and none is told as lost; who waits here cannot know', async () => {
    const { clock, backend, workers, told, intake } = stage(durable, () => new Promise(() => {}));
    const [job] = (await intake.take([{ title: 'Alien' }], [])) ?? [];
    workers.start();
    await clock.settle();
    const done = job?.done();
    void workers.halt();
    void workers.interrupt();
    await workers.abandon();
    expect(await backend.get(job?.id ?? '')).toMatchObject({ state: 'waiting', attempt: 0 });
    await expect(done).rejects.toMatchObject({ code: 'SPECTER_JOB_LOST' });
    await workers.end();
    expect(told.filter(({ type }) => type === 'jobs-lost')).toEqual([]);
  });
});

describe('over a backend that fails', () => {
  test('they tell, and ask again', async () => {
    class Broken extends MemoryBackend {
      broken = 2;
      override async claim(...given: Parameters<MemoryBackend['claim']>) {
        if (this.broken-- > 0) throw new Error('the disk is away');
        return super.claim(...given);
      }
    }
    const seen: string[] = [];
    const make = (clock: ManualClock) => new Broken({ retain, clock: () => clock });
    const { clock, workers, told, intake } = stage(make, ({ id }) => void seen.push(id));
    const [job] = (await intake.take([{ title: 'Alien' }], [])) ?? [];
    workers.start();
    await clock.advance(2_000);
    expect(seen).toEqual([job?.id]);
    const failed = told.filter(({ type }) => type === 'queue-failed');
    expect(failed).toMatchObject([{ service: 'films', error: { message: 'the disk is away' } }, {}]);
  });

  test('a result that cannot be kept is told, and nobody hangs on it', async () => {
    class Forgetful extends MemoryBackend {
      override async complete(): Promise<never> {
        throw new Error('the disk is full');
      }
    }
    const make = (clock: ManualClock) => new Forgetful({ retain, clock: () => clock });
    const { clock, workers, told, intake } = stage(make, () => 'ok');
    await intake.take([{ title: 'Alien' }, { title: 'Brazil' }], []);
    workers.start();
    await clock.settle();
    expect(workers.jobs).toEqual([]);
    expect(told.filter(({ type }) => type === 'queue-failed')).toHaveLength(2);
  });

  test('a job that is given out when the queue has stopped meanwhile goes back', async () => {
    class Slow extends MemoryBackend {
      override async claim(...given: Parameters<MemoryBackend['claim']>) {
        const claimed = await super.claim(...given);
        if (claimed.length > 0) void workers.halt();
        return claimed;
      }
    }
    const seen: string[] = [];
    const make = (clock: ManualClock) => new Slow({ retain, clock: () => clock });
    const { clock, workers, backend, intake } = stage(make, ({ id }) => void seen.push(id));
    await intake.take([{ title: 'Alien' }], []);
    workers.start();
    await clock.settle();
    expect([seen, (await backend.list({}))[0]]).toMatchObject([[], { state: 'waiting', attempt: 0 }]);
  });
});
