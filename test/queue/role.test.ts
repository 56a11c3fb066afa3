// What a class with @Queue must be, as the boot sees it.
import { IsString } from 'class-validator';
import {
  type BootError,
  Inject,
  Module,
  Queue,
  type QueueOptions,
  QueueService,
  Service,
  unchecked,
} from '../../src/index.js';
import type { Class } from '../../src/kernel/token.js';
import { testApplication } from '../../src/testing/index.js';

class Film {
  @IsString() title = '';
}
class Bare {
  title = '';
}

async function faultsOf(...providers: Class[]): Promise<(Error & { code?: string })[]> {
  @Module({ providers })
  class App {}
  const error = await testApplication(App, { logger: false })
    .start()
    .then(
      (app) => void app.stop(),
      (thrown: BootError) => thrown,
    );
  return [...(error?.errors ?? [])];
}

function queueOf(options: QueueOptions): Class {
  @Queue({ name: 'films', ...options })
  class Films extends QueueService<any> {
    protected handle() {}
  }
  return Films;
}

describe('the type of the data', () => {
  test('must be given: nothing of Data is left at run time', async () => {
    const [fault, ...more] = await faultsOf(queueOf({}));
    expect(fault).toMatchObject({ code: 'SPECTER_UNTYPED_INPUT', message: expect.stringContaining('@Queue({ type: ') });
    expect(more).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['a class without a rule', Bare],
    ['a lost type', Object],
    ['a list of anything', Array],
  ])('must say something: %s does not', async (_, type) => {
    const [fault] = await faultsOf(queueOf({ type: type as never }));
    expect(fault).toMatchObject({ code: 'SPECTER_UNTYPED_INPUT', message: expect.stringContaining('Films') });
  });

  test.each<[string, unknown]>([
    ['a class with rules', Film],
    ['a list of such', [Film]],
    ['a scalar', Number],
    ['on purpose anything', unchecked],
  ])('can be %s', async (_, type) => {
    expect(await faultsOf(queueOf({ type: type as never }))).toEqual([]);
  });
});

describe('options', () => {
  test.each<[string, QueueOptions | object]>([
    ['concurrency', { concurrency: 0 }],
    ['concurrency', { concurrency: 1.5 }],
    ['maxSize', { maxSize: 0 }],
    ['attempts', { attempts: 0 }],
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: Number.NaN }],
    ['backoff.min', { backoff: { min: -1 } }],
    ['backoff.factor', { backoff: { factor: 0.5 } }],
    ['retain.dead', { retain: { dead: -1 } }],
    ['retained', { retained: 5 }],
    ['maxx', { backoff: { maxx: 5 } }],
    ['complete', { retain: { complete: 5 } }],
  ])('that make no sense are refused at boot: %s', async (name, options) => {
    const [fault] = await faultsOf(queueOf({ type: Film, ...options }));
    expect(fault).toMatchObject({ code: 'SPECTER_INVALID_ARGUMENT', message: expect.stringContaining(name) });
    expect(fault?.message).toContain('Films');
  });

  test('are all looked at: each fault is told', async () => {
    const faults = await faultsOf(queueOf({ concurrency: 0, attempts: 0 }));
    expect(faults.map(({ code }) => code)).toEqual([
      'SPECTER_UNTYPED_INPUT',
      'SPECTER_INVALID_ARGUMENT',
      'SPECTER_INVALID_ARGUMENT',
    ]);
  });

  test('may let a queue be as long as it likes, and keep all', async () => {
    expect(await faultsOf(queueOf({ type: Film, maxSize: Infinity, retain: { dead: Infinity } }))).toEqual([]);
  });
});

describe('the class', () => {
  test('must extend QueueService', async () => {
    @Queue({ type: Film })
    class Plain {
      handle() {}
    }
    const [fault] = await faultsOf(Plain);
    expect(fault).toMatchObject({ code: 'SPECTER_INVALID_ROLE', message: expect.stringContaining('does not extend') });
  });

  test('must have handle()', async () => {
    @Queue({ type: Film })
    // @ts-expect-error it is abstract
    class Lazy extends QueueService<Film> {}
    const [fault] = await faultsOf(Lazy as never);
    expect(fault).toMatchObject({ code: 'SPECTER_INVALID_ROLE', message: expect.stringContaining('handle(job)') });
  });

  test('must be tagged', async () => {
    @Service()
    class Untagged extends QueueService<Film> {
      protected handle() {}
    }
    const [fault] = await faultsOf(Untagged);
    expect(fault).toMatchObject({ code: 'SPECTER_INVALID_ROLE', message: expect.stringContaining('@Queue()') });
  });

  test.each(['enqueue', 'get', 'pause'])('must not define %s(), which is the queue itself', async (name) => {
    @Queue({ type: Film })
    class Clever extends QueueService<Film> {
      protected handle() {}
    }
    Object.defineProperty(Clever.prototype, name, { value: () => {} });
    const [fault] = await faultsOf(Clever);
    expect(fault).toMatchObject({ code: 'SPECTER_INVALID_ROLE', message: expect.stringContaining(name) });
  });

  test('is a service like any other: it is injected, starts after what it needs, and has one name', async () => {
    const order: string[] = [];
    @Service()
    class Disk {
      onStart() {
        order.push('Disk');
      }
      onStop() {
        order.push('no Disk');
      }
    }
    @Queue({ type: String })
    class Thumbs extends QueueService<string> {
      constructor(@Inject(Disk) readonly disk: Disk) {
        super();
      }
      protected handle() {}
      protected override onWorkersStarted() {
        order.push('Thumbs');
      }
      protected override onWorkersStopping() {
        order.push('no Thumbs');
      }
    }
    @Service()
    class Library {
      constructor(@Inject(Thumbs) readonly thumbs: Thumbs) {}
      onStart() {
        order.push('Library');
        return this.thumbs.enqueue('a');
      }
    }
    @Module({ providers: [Library, Thumbs, Disk] })
    class App {}
    const app = await testApplication(App).start();
    expect(app.get(Thumbs).name).toBe('Thumbs');
    expect(
      app
        .tree()
        .children.find(({ label }) => label === 'Thumbs')
        ?.children.map(({ label }) => label),
    ).toEqual(['jobs', 'workers']);
    await app.stop();
    expect(order).toEqual(['Disk', 'Thumbs', 'Library', 'no Thumbs', 'no Disk']);
    expect(await faultsOf(Thumbs, queueOf({ name: 'Thumbs', type: Film }), Disk)).toMatchObject([
      { code: 'SPECTER_DUPLICATE_NAME' },
    ]);
  });

  test('whose onWorkersStarted() fails does not start', async () => {
    @Queue({ type: String })
    class Broken extends QueueService<string> {
      protected handle() {}
      protected override async onWorkersStarted() {
        throw new Error('no workers today');
      }
    }
    expect(await faultsOf(Broken)).toMatchObject([{ message: 'no workers today' }]);
  });
});
