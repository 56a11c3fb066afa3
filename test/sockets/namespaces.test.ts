// Namespaces are opened by those who listen in them. Who only sends to one, or asks for one, never opens it.
import 'reflect-metadata';
import { Handler, inject, Lifecycle, Module, On, Presence, Service, Sockets } from '../../src/index.js';
import { Handler as HandlerTag, On as OnTag } from '../../src/sockets/handler.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';
import { next, Stage } from './stage.js';

@HandlerTag({ namespace: '/admin' })
class AdminHandler {
  @OnTag('sync') sync() {
    return 'done';
  }
}

describe('a namespace that nobody has opened', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await new Stage().open();
    await stage.start(AdminHandler);
  });
  afterEach(() => stage.close());

  const namespace = '/admn';
  test.each([
    ['sockets.emit()', () => stage.server.sender.emit('x', 1, { namespace })],
    ['sockets.emit()', () => stage.server.sender.refetch('todo.list', { namespace })],
    ['sockets.request()', () => stage.server.sender.request('ada', 'x', 1, { namespace })],
    ['sockets.join()', () => stage.server.sender.join('ada', 'room:1', { namespace })],
    ['sockets.leave()', () => stage.server.sender.leave('ada', 'room:1', { namespace })],
    ['sockets.sessions()', () => stage.server.sender.sessions(undefined, { namespace })],
    ['presence.sessions()', () => stage.server.presence.sessions(undefined, { namespace })],
    ['presence.has()', () => stage.server.presence.has('ada', undefined, { namespace })],
    ['presence.onJoin()', () => stage.server.presence.onJoin(() => {}, { namespace })],
    ['presence.onLeave()', () => stage.server.presence.onLeave(() => {}, { namespace })],
  ])('%s says so, and does not open it', async (where, use) => {
    await expect((async () => use())()).rejects.toMatchObject({
      code: 'SPECTER_INVALID_ARGUMENT',
      message: `${where} names the namespace "${namespace}", which nobody has opened. Did you mean /admin? @Handler({ namespace }) opens one, and so does ingress.subscribe().`,
    });
    // Teeth: with io.of(), which makes what it does not find, clients got in from then on (tried).
    expect((await stage.refused({}, namespace)).message).toBe('Invalid namespace');
  });

  test('is told with those that are open when none is like it', () => {
    expect(() => stage.server.sender.emit('x', 1, { namespace: '/nobody' })).toThrow('Open are: /, /admin.');
  });

  test('cannot be subscribed to without its slash: no client could ever be meant', () => {
    expect(() => stage.server.ingress.subscribe('x', () => {}, { namespace: 'chat' })).toThrow(
      expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT', message: expect.stringContaining("as '/chat'") }),
    );
  });
});

describe('a namespace that somebody has opened', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await new Stage().open();
  });
  afterEach(() => stage.close());
  const send = (namespace: string) => stage.server.sender.emit('x', 1, { namespace });

  test('stays open while its handler is stopped', async () => {
    const running = await stage.start(AdminHandler);
    const client = await stage.connected({}, '/admin');
    await running.stop();
    const heard = next(client, 'x');
    send('/admin');
    expect(await heard).toBe(1);
  });

  test('may be one of a subscription by code, or of socket.io itself', () => {
    stage.server.ingress.subscribe('y', () => {}, { namespace: '/chat' });
    stage.server.io.of('/plain');
    for (const namespace of ['/', '/chat', '/plain']) expect(() => send(namespace)).not.toThrow();
  });

  test('may be one that socket.io makes for its clients: while nobody is there, nobody is reached', async () => {
    stage.server.io.of(/^\/room-\d+$/);
    expect(() => send('/room-7')).not.toThrow();
    const client = await stage.connected({}, '/room-7');
    const heard = next(client, 'x');
    send('/room-7');
    expect(await heard).toBe(1);
  });
});

describe('while the application starts', () => {
  let app: TestApplication;
  afterEach(() => app?.stop());

  @Service()
  class Player extends Lifecycle {
    private readonly sockets = inject(Sockets);
    protected override async onStart() {
      for (const namespace of ['/side', '/typo']) this.play(namespace);
      expect(await this.sockets.sessions(undefined, { namespace: '/side' })).toEqual([]);
    }
    play(namespace: string) {
      this.sockets.emit('playing', { film: 'Alien' }, { namespace });
    }
  }

  @Handler({ namespace: '/side' })
  class SideHandler {
    constructor(readonly player: Player) {}
    @On('stop') stop() {}
  }

  @Module({ providers: [SideHandler, Player] })
  class AppModule {}

  test('handlers that come later have not opened theirs yet: who sends is not blamed, reaches nobody, and opens nothing', async () => {
    app = await testApplication(AppModule).start();
    await expect(app.socket('/typo')).rejects.toThrow('Invalid namespace');
    expect(() => app.get(Player).play('/typo')).toThrow('which nobody has opened');
    const side = await app.socket('/side');
    const heard = next(side as never, 'playing');
    app.get(Player).play('/side');
    expect(await heard).toEqual({ film: 'Alien' });
  });

  @Service()
  class Lobby extends Lifecycle {
    readonly #presence = inject(Presence);
    protected override onStart() {
      this.#presence.onJoin(() => {}, { namespace: '/side', owner: this });
      this.#presence.onJoin(() => {}, { namespace: '/sid', owner: this });
      this.#presence.onLeave(() => {}, { namespace: '/sid' });
      this.#presence.onLeave(() => {}, { namespace: '/gone' })();
    }
  }

  // Teeth: without the look at what was named before, the application starts, and Lobby hears nothing for ever (tried).
  test('who listens for people in one that nobody has opened by its end would wait for ever: the start fails', async () => {
    @Module({ providers: [Lobby, SideHandler, Player] })
    class LobbyModule {}
    const starting = testApplication(LobbyModule, { logger: false }).start();
    const said = (who: string) => `${who} names the namespace "/sid", which nobody has opened. Did you mean /side?`;
    await expect(starting).rejects.toThrow(said('presence.onJoin() of Lobby'));
    await expect(starting).rejects.toThrow(said('presence.onLeave()'));
    await expect(starting).rejects.toMatchObject({
      errors: [expect.anything(), expect.anything()],
    });
  });

  test('a single one keeps its own code', async () => {
    @Service()
    class Alone extends Lifecycle {
      readonly #presence = inject(Presence);
      protected override onStart() {
        this.#presence.onLeave(() => {}, { namespace: '/typo', owner: this });
      }
    }
    @Module({ providers: [Alone] })
    class AloneModule {}
    await expect(testApplication(AloneModule, { logger: false }).start()).rejects.toMatchObject({
      code: 'SPECTER_INVALID_ARGUMENT',
    });
  });
});
