// Waits for names: what is near is said wherever a wait shows, and a task's wait holds nobody up.
import { inject } from '../../src/app/inject.js';
import { Service } from '../../src/app/service.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { rejection, settle } from '../kernel/heard.js';
import { boot, bootError } from './boot.js';

class Disk {}

/** Waits in onStart for what nobody is called. */
function waiterFor(key: string) {
  @Service({ startTimeout: 20 })
  class Waits extends Lifecycle {
    protected override async onStart() {
      await this.waitFor(key);
    }
  }
  return Waits;
}

test('a start that hangs in a wait for a misspelt name says which names are near', async () => {
  const error = await bootError([Disk, waiterFor('Dsik')]);
  expect(error.cause).toMatchObject({ code: 'SPECTER_START_TIMEOUT' });
  expect(error.message).toContain('it was waiting for Dsik (nobody is known by this name, near ones are Disk)');
});

test('a start that hangs in a wait for what nobody is like says only that', async () => {
  const error = await bootError([Disk, waiterFor('somebody else')]);
  expect(error.message).toContain('it was waiting for somebody else. Let onStart()');
});

test('a wait that times out names what has not started yet as well', async () => {
  const waits: Promise<Error>[] = [];
  class Early extends Lifecycle {
    protected override onStart() {
      waits.push(rejection(this.waitFor('Dsik', { timeout: 5 })));
    }
  }
  Service({ dependsOn: [Early] })(Disk);
  const { engine, clock } = await boot([Disk, Early]);
  await clock.advance(5);
  expect(await waits[0]).toMatchObject({
    code: 'SPECTER_WAIT_TIMEOUT',
    message: expect.stringContaining('Near names: Disk.'),
  });
  await engine.stop();
});

describe('a service that is needed by what it waits for', () => {
  test('may wait for it in a task that it spawns in onStart', async () => {
    const found: unknown[] = [];
    class Base extends Lifecycle {
      protected override onStart() {
        this.spawn(async () => void found.push(await this.waitFor(Dependent)));
      }
    }
    class Dependent {
      readonly base = inject(Base);
    }
    const { engine, of } = await boot([Base, Dependent]);
    await settle();
    expect(found).toEqual([engine.get(Dependent)]);
    expect(of('task-failed')).toEqual([]);
    await engine.stop();
  });

  test('is told at once when it waits for it in onStart itself', async () => {
    class Base extends Lifecycle {
      protected override async onStart() {
        await this.waitFor(Dependent);
      }
    }
    class Dependent {
      readonly base = inject(Base);
    }
    const error = await bootError([Base, Dependent]);
    expect(error.cause).toMatchObject({
      code: 'SPECTER_WAIT_DEADLOCK',
      message: expect.stringContaining('Base waits for Dependent waits for Base'),
    });
  });

  test('comes to an end by its deadline when onStart awaits such a task', async () => {
    @Service({ startTimeout: 20 })
    class Base extends Lifecycle {
      protected override async onStart() {
        await this.spawn(() => this.waitFor(Dependent)).done;
      }
    }
    class Dependent {
      readonly base = inject(Base);
    }
    const error = await bootError([Base, Dependent]);
    expect(error.cause).toMatchObject({ code: 'SPECTER_START_TIMEOUT' });
    expect(error.message).toContain('it was waiting for Dependent');
  });
});
