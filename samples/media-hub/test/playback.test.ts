// What the hub plays: one thing for everybody, by the server's clock.
import { type TestHub, testHub } from './support/test-hub.js';

describe('playback', () => {
  let hub: TestHub;
  let id: string;

  beforeEach(async () => {
    hub = await testHub();
    hub.folder.show({ 'rain.mp3': 1, 'notes.txt': 1 });
    ({ id } = await hub.item('rain.mp3'));
  });
  afterEach(() => hub.app.stop());

  const act = async (name: string, payload: object = {}) =>
    (await hub.app.http.post(`/actions/playback.${name}`).send(payload)).body;
  const view = async () => (await hub.app.http.get('/playback').expect(200)).body;

  it('plays, pauses where it is, seeks, and goes on', async () => {
    expect(await act('play', { id })).toMatchObject({
      ok: true,
      value: { status: 'playing', position: 0, item: { name: 'rain.mp3' } },
    });
    await hub.app.clock.advance(4_000);
    expect(await act('pause')).toMatchObject({ ok: true, value: { status: 'paused', position: 4 } });
    await hub.app.clock.advance(60_000);
    expect(await act('seek', { position: 30.5 })).toMatchObject({
      ok: true,
      value: { status: 'paused', position: 30.5 },
    });
    expect(await act('play', { id })).toMatchObject({ ok: true, value: { status: 'playing', position: 30.5 } });
    await hub.app.clock.advance(1_500);
    const { now, since, position } = await view();
    expect(position + (now - since) / 1000).toBe(32);
  });

  it('answers an action alike over HTTP and over a socket', async () => {
    const socket = await hub.app.socket();
    expect(await socket.emitWithAck('action', 'playback.play', { id })).toEqual(await act('play', { id }));
    expect(await socket.emitWithAck('action', 'playback.seek', { position: -1 })).toEqual(
      await act('seek', { position: -1 }),
    );
    expect(await socket.emitWithAck('action', 'playback.pause', {})).toEqual(await act('pause'));
  });

  it('tells every client to ask again, and answers each alike', async () => {
    const sockets = [await hub.app.socket(), await hub.app.socket()];
    const told = sockets.map((socket) => new Promise((resolve) => socket.once('action:refetch', resolve)));
    await act('play', { id });
    expect(await Promise.all(told)).toEqual([{ action: 'playback.view' }, { action: 'playback.view' }]);
    const views = await Promise.all(sockets.map((socket) => socket.emitWithAck('action', 'playback.view', null)));
    expect(views[0]).toMatchObject({ ok: true, value: { item: { id }, status: 'playing' } });
    expect(views[1]).toEqual(views[0]);
  });

  it.each([
    ['play', { id: 'nothing-like-it0' }, 404],
    ['play', {}, 422],
    ['play', { id: 'short' }, 422],
    ['seek', { position: 'far' }, 422],
    ['pause', {}, 409],
    ['seek', { position: 1 }, 409],
  ])('refuses %s with %j', async (name, payload, status) => {
    const answer = await act(name, payload);
    expect(answer).toMatchObject({ ok: false, status, error: { status } });
  });

  it('refuses to play what makes neither sound nor picture', async () => {
    const notes = await hub.item('notes.txt');
    expect(await act('play', { id: notes.id })).toMatchObject({
      ok: false,
      status: 422,
      error: { code: 'HUB_NOT_PLAYABLE' },
    });
  });

  it('refuses to play what cannot be read, and says why', async () => {
    hub.digester.fail('locked.mp3', 'EACCES');
    hub.folder.show({ 'locked.mp3': 1 });
    await hub.app.clock.advance(1_000);
    const locked = await hub.item('locked.mp3');
    expect(await act('play', { id: locked.id })).toMatchObject({
      ok: false,
      status: 409,
      error: { code: 'HUB_UNREADABLE', detail: 'The hub has no permission to read it.' },
    });
  });

  it('stops when its file is removed', async () => {
    await act('play', { id });
    hub.folder.show({ 'notes.txt': 1 });
    expect(await view()).toMatchObject({ status: 'idle', item: null });
  });
});
