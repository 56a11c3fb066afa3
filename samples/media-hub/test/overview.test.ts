// What is on the shelves and in the whole library: three caches, of which each follows the one before it.
import { idOf } from '../src/library/item-id.js';
import { type TestHub, testHub } from './support/test-hub.js';

const FILES = { 'a/1.wav': 1, 'a/2.wav': 1, 'b/3.wav': 1, 'b/sea.svg': 1, 'top.wav': 1, 'notes.txt': 1 };

const WEEK = 7 * 24 * 3_600_000;

describe('the overview', () => {
  let hub: TestHub;
  beforeEach(async () => {
    hub = await testHub();
    hub.folder.show(FILES);
  });
  afterEach(() => hub.app.stop());

  const show = async () => (await hub.app.http.get('/overview').expect(200)).body;
  /** What was looked into since the last time, as paths inside the folder. */
  const asked = () => hub.finder.asked.splice(0).map((path) => path.replace(/^.*\/media\//, ''));
  /** What the caches say that they forget, as `shelves a`. */
  const forgotten = (change: () => void) => {
    const said: string[] = [];
    const releases = ['facts', 'shelves', 'statistics'].map((name) =>
      hub.app.bus.on(`${name}:invalidated`, (data) => {
        said.push(`${name} ${(data as { key?: string } | undefined)?.key ?? 'all'}`);
      }),
    );
    change();
    for (const release of releases) release();
    return said.sort();
  };

  const changed = (path: string) => ({ changes: [{ what: 'changed' as const, id: idOf(path), path }], count: 1 });

  it('counts files, sounds and pictures, and adds up how long the sounds are', async () => {
    expect(await show()).toEqual({ files: 6, recent: 0, pictures: 1, sounds: 4, seconds: 50 });
    expect(asked().sort()).toEqual(['a/1.wav', 'a/2.wav', 'b/3.wav', 'b/sea.svg', 'top.wav']);
  });

  it('looks into nothing twice, however many ask at once', async () => {
    const answers = await Promise.all([show(), show(), show()]);
    expect(answers[2]).toEqual(answers[0]);
    expect(asked()).toHaveLength(5);
    await show();
    expect(asked()).toEqual([]);
  });

  // Teeth: with `dependsOn: ['library:changed']` on the facts, all five are looked into again (tried).
  it('forgets exactly what depends on a file that has changed', async () => {
    await show();
    asked();
    hub.finder.facts = { seconds: 30 };
    const said = forgotten(() => hub.app.bus.emit('library:changed', changed('a/1.wav')));
    expect(said).toEqual(['facts a/1.wav', 'shelves a', 'statistics all']);
    expect(await show()).toMatchObject({ files: 6, seconds: 30 + 40 });
    expect(asked()).toEqual(['a/1.wav']);
  });

  it('adds what is new, and takes away what is gone, without looking into the rest', async () => {
    await show();
    asked();
    const { 'b/3.wav': _gone, ...others } = FILES;
    hub.folder.show({ ...others, 'c/deep/4.wav': 1 });
    expect(await show()).toMatchObject({ files: 6, sounds: 4, seconds: 40 + 10 });
    expect(asked()).toEqual(['c/deep/4.wav']);
  });

  it('tells clients once of a burst of changes, and works once for all that ask then', async () => {
    const sockets = [await hub.app.socket(), await hub.app.socket(), await hub.app.socket()];
    await show();
    await hub.app.clock.advance(1_000);
    asked();
    const told: string[] = [];
    const overviews = sockets.map(
      (socket) =>
        new Promise((resolve) => {
          socket.on('action:refetch', ({ action }) => {
            told.push(action);
            resolve(socket.emitWithAck('action', 'overview.show', null));
          });
        }),
    );
    for (let n = 0; n < 20; n++) {
      hub.folder.show({ ...FILES, 'a/1.wav': { size: 1, modified: 2000 + n } });
      await hub.app.clock.advance(10);
    }
    expect(told).toEqual([]);
    await hub.app.clock.advance(1_000);
    expect(await Promise.all(overviews)).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    expect(told).toEqual(['overview.show', 'overview.show', 'overview.show']);
    expect(asked()).toEqual(['a/1.wav']);
  });

  it('forgets everything when more has changed than it was told', async () => {
    await show();
    asked();
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`many/${n}.txt`, 1]));
    hub.folder.show({ ...FILES, ...many });
    expect(await show()).toMatchObject({ files: 156 });
    expect(asked()).toHaveLength(5);
  });

  it('answers at once with what it knew when a minute has passed, and counts anew behind it', async () => {
    const almostOld = hub.app.clock.now() - WEEK + 30_000;
    hub.folder.show({ 'new.wav': { size: 1, modified: almostOld } });
    expect(await show()).toMatchObject({ files: 1, recent: 1 });
    await hub.app.clock.advance(60_000);
    expect(await show()).toMatchObject({ files: 1, recent: 1 });
    await hub.app.clock.settle();
    expect(await show()).toMatchObject({ files: 1, recent: 0 });
    expect(asked()).toEqual(['new.wav']);
  });

  it('counts what cannot be looked into, and tries again after a minute', async () => {
    hub.finder.leave();
    expect(await show()).toMatchObject({ files: 6, seconds: 0 });
    hub.finder.comeBack();
    await hub.app.clock.advance(60_000);
    await show();
    await hub.app.clock.settle();
    expect(await show()).toMatchObject({ files: 6, seconds: 50 });
  });

  it('says of the items on a page what is in them, and leaves out what is gone', async () => {
    const [{ id }, notes] = [await hub.item('top.wav'), await hub.item('notes.txt')];
    const ids = [id, notes.id, 'nothing-like-it0'];
    const { body } = await hub.app.http.post('/actions/overview.facts').send({ ids }).expect(200);
    expect(body.value).toEqual({ [id]: { seconds: 10 }, [notes.id]: {} });
    await hub.app.http
      .post('/actions/overview.facts')
      .send({ ids: ['short'] })
      .expect(422);
    await hub.app.http
      .post('/actions/overview.facts')
      .send({ ids: Array(101).fill(id) })
      .expect(422);
  });
});
