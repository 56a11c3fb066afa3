// The library, on a folder that the tests make up and time that they turn.
import { Catalogue } from '../src/library/catalogue.js';
import { type TestHub, testHub } from './support/test-hub.js';

describe('the library', () => {
  let hub: TestHub;
  afterEach(() => hub.app.stop());

  /** Lets what was shown be read, and the results be written down. */
  const settle = () => hub.app.clock.advance(1_000);

  it('lists what the folder shows, with a checksum once each file was read', async () => {
    hub = await testHub();
    hub.digester.hold();
    hub.folder.show({ 'Music/rain.mp3': 10, 'notes.txt': 5 });
    expect(await hub.item('Music/rain.mp3')).toMatchObject({
      name: 'rain.mp3',
      kind: 'audio',
      type: 'audio/mpeg',
      size: 10,
      state: 'waiting',
    });
    hub.digester.release();
    await settle();
    expect(await hub.item('Music/rain.mp3')).toMatchObject({
      state: 'ready',
      checksum: 'checksum of rain.mp3',
      modified: new Date(1000).toISOString(),
    });
  });

  it('reads no more files at once than it was told', async () => {
    hub = await testHub({ HUB_HASH_CONCURRENCY: '3' });
    hub.digester.hold();
    hub.folder.show(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${n}.mp3`, n])));
    await settle();
    expect(hub.digester.reading).toBe(3);
    hub.digester.release();
    await settle();
    expect(hub.digester).toMatchObject({ most: 3, reading: 0 });
    expect(new Set(hub.digester.asked).size).toBe(20);
    expect(hub.digester.asked).toHaveLength(20);
  });

  it('reads a file again when it has changed, and only then', async () => {
    hub = await testHub();
    hub.folder.show({ 'a.mp3': 1, 'b.mp3': 1 });
    await settle();
    hub.folder.show({ 'a.mp3': { size: 1, modified: 2000 }, 'b.mp3': 1 });
    await settle();
    expect(hub.digester.asked.map((path) => path.slice(-5))).toEqual(['a.mp3', 'b.mp3', 'a.mp3']);
  });

  it('says nothing when nothing has changed', async () => {
    hub = await testHub();
    hub.folder.show({ 'a.mp3': 1 });
    await settle();
    let told = 0;
    const release = hub.app.bus.on('library:changed', () => told++);
    hub.folder.show({ 'a.mp3': 1 });
    await settle();
    expect(told).toBe(0);
    hub.folder.show({ 'a.mp3': 2 });
    await settle();
    expect(told).toBe(1);
    release();
  });

  it('lists a file that cannot be read with the reason, and tries again every minute', async () => {
    hub = await testHub();
    hub.digester.fail('locked.mp3', 'EACCES');
    hub.folder.show({ 'locked.mp3': 1, 'open.mp3': 1 });
    await settle();
    expect(await hub.item('locked.mp3')).toMatchObject({
      state: 'unreadable',
      error: 'The hub has no permission to read it.',
    });
    expect(await hub.item('open.mp3')).toMatchObject({ state: 'ready' });
    hub.digester.heal();
    await hub.app.clock.advance(61_000);
    expect(await hub.item('locked.mp3')).toMatchObject({ state: 'ready' });
  });

  it('lets go what is missing only once the folder was looked through', async () => {
    hub = await testHub();
    hub.folder.show({ 'a.mp3': 1, 'b.mp3': 1 });
    await settle();
    hub.folder.show({ 'a.mp3': 1 }, false);
    await settle();
    expect((await hub.list()).total).toBe(2);
    hub.folder.show({ 'a.mp3': 1 });
    expect((await hub.list()).items.map(({ path }) => path)).toEqual(['a.mp3']);
  });

  it('knows a file that was away, and does not read it again', async () => {
    hub = await testHub();
    hub.folder.show({ 'a.mp3': 1 });
    await settle();
    hub.folder.show({});
    expect((await hub.list()).total).toBe(0);
    hub.folder.show({ 'a.mp3': 1 });
    await settle();
    expect(await hub.item('a.mp3')).toMatchObject({ state: 'ready', checksum: 'checksum of a.mp3' });
    expect(hub.digester.asked).toHaveLength(1);
  });

  it('forgets for good what was away for a month', async () => {
    hub = await testHub();
    hub.folder.show({ 'a.mp3': 1 });
    await settle();
    hub.folder.show({});
    await settle();
    hub.app.clock.jump(31 * 24 * 3_600_000);
    await hub.app.clock.advance(61_000);
    hub.folder.show({ 'a.mp3': 1 });
    await settle();
    expect(hub.digester.asked).toHaveLength(2);
  });

  it('finds files of the same content', async () => {
    hub = await testHub();
    hub.folder.show({ 'a.mp3': 1, 'copy of a.mp3': 1, 'b.mp3': 1 });
    await settle();
    expect(await hub.item('a.mp3')).toMatchObject({ copies: 2 });
    const { body } = await hub.app.http.get('/library/duplicates').expect(200);
    expect(body.map(({ paths }: { paths: string[] }) => paths)).toEqual([['a.mp3', 'copy of a.mp3']]);
  });

  it('searches, filters, sorts and pages', async () => {
    hub = await testHub();
    hub.folder.show({ 'Music/Rain.mp3': 30, 'Music/100% sun.mp3': 20, 'Pictures/rain.png': 10, 'snow.txt': 40 });
    const paths = async (query: string) => (await hub.list(query)).items.map(({ path }) => path);
    expect(await paths('search=rain')).toEqual(['Music/Rain.mp3', 'Pictures/rain.png']);
    expect(await paths('search=rain&kind=image')).toEqual(['Pictures/rain.png']);
    expect(await paths('search=100%25')).toEqual(['Music/100% sun.mp3']);
    expect(await paths('search=_')).toEqual([]);
    expect(await paths('sort=-size')).toEqual([
      'snow.txt',
      'Music/Rain.mp3',
      'Music/100% sun.mp3',
      'Pictures/rain.png',
    ]);
    const { body } = await hub.app.http.get('/library?size=3&page=2&sort=name').expect(200);
    expect(body).toMatchObject({ total: 4, page: 2, pages: 2 });
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['snow.txt']);
  });

  it.each(['page=0', 'page=two', 'size=101', 'sort=colour', 'kind=film', 'unknown=1', 'search=a&search=b'])(
    'refuses the question %s',
    async (query) => {
      hub = await testHub();
      const { body, type } = await hub.app.http.get(`/library?${query}`).expect(422);
      expect(type).toBe('application/problem+json');
      expect(body.errors).toEqual([expect.objectContaining({ in: 'query', path: query.split('=')[0] })]);
    },
  );

  it('answers 404 for an item that it does not have', async () => {
    hub = await testHub();
    await hub.app.http.get('/library/nothing').expect(404);
    await hub.app.http.get('/library/nothing/file').expect(404);
  });

  it('tells every client what changed and how far it is', async () => {
    hub = await testHub();
    const socket = await hub.app.socket();
    const told = new Promise((resolve) => socket.once('library:changed', resolve));
    const ready = new Promise((resolve) =>
      socket.on('library:progress', (state) => state.checked === 1 && resolve(state)),
    );
    hub.folder.show({ 'a.mp3': 1 });
    expect(await told).toMatchObject({ count: 1, changes: [{ what: 'added', path: 'a.mp3' }] });
    await settle();
    expect(await ready).toMatchObject({ scanning: false, files: 1, waiting: 0, unreadable: 0, folder: 'up' });
  });

  it('is degraded while it cannot write down what the folder shows, and tries until it can', async () => {
    hub = await testHub({}, { logger: false });
    const failed: string[] = [];
    hub.app.events.on('task-failed', ({ error }) => failed.push(error.message));
    const catalogue = hub.app.get(Catalogue);
    const put = jest.spyOn(catalogue, 'put').mockRejectedValue(new Error('the disk is full'));
    hub.folder.show({ 'a.mp3': 1 });
    await settle();
    expect((await hub.app.health()).services.Library).toMatchObject({ status: 'degraded', error: 'the disk is full' });
    expect(failed).toContain('the disk is full');
    put.mockRestore();
    await settle();
    expect((await hub.list()).total).toBe(1);
    expect((await hub.app.health()).services.Library).toMatchObject({ status: 'up' });
  });

  it('says that the folder is away, and keeps what it knows', async () => {
    hub = await testHub();
    hub.folder.show({ 'a.mp3': 1 });
    hub.folder.status = 'degraded';
    await settle();
    const { body } = await hub.app.http.get('/system').expect(200);
    expect(body).toMatchObject({ folder: { status: 'degraded' }, library: { folder: 'degraded', files: 1 } });
    expect((await hub.list()).total).toBe(1);
  });
});
