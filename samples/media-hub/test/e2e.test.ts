// The hub as a process of its own, on a real folder, over real sockets: how it starts, follows, ends, and comes back.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../test/until.js';
import type { Change, LibraryChange } from '../src/hub-events.js';
import type { Item } from '../src/library/item.js';
import type { LibraryState } from '../src/library/library.js';
import type { Statistics } from '../src/overview/shelf.js';
import { type BuiltHub, buildHub } from './support/built-hub.js';
import { HubProcess } from './support/hub-process.js';

const SONG = join(__dirname, '..', 'media', 'Sounds', 'Doorbell.wav');

interface System {
  readonly disk: { readonly total: number } | null;
  readonly folder: { readonly status: string; readonly error?: string };
  readonly facts: { readonly status: string; readonly pid: number };
  readonly library: LibraryState;
}

interface List {
  readonly items: readonly Item[];
  readonly total: number;
}

describe('the hub as a process', () => {
  let built: BuiltHub;
  let place: string;
  let folder: string;
  let hub: HubProcess;

  beforeAll(() => {
    built = buildHub();
  });
  afterAll(() => built.remove());

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'hub-'));
    folder = join(place, 'media');
    mkdirSync(join(folder, 'Music'), { recursive: true });
    copyFileSync(SONG, join(folder, 'Music', 'doorbell.wav'));
    writeFileSync(join(folder, 'notes.txt'), 'notes');
  });
  afterEach(async () => {
    await hub.end('SIGKILL');
    rmSync(place, { recursive: true, force: true });
  });

  const start = (env: Record<string, string> = {}) => {
    hub = new HubProcess(built.main, { folder, data: join(place, 'data'), env });
    return hub;
  };
  const system = () => hub.get<System>('/system');
  const upToDate = (files: number) =>
    until(`${files} files are up to date`, async () => {
      const { library } = await system();
      return library.files === files && library.waiting === 0 && !library.scanning && library;
    });
  const paths = async () => (await hub.get<List>('/library')).items.map(({ path }) => path);

  it('follows the folder, streams in parts, and ends cleanly with SIGTERM', async () => {
    start();
    const changes: Change[] = [];
    await hub.socket((socket) =>
      socket.on('library:changed', (change: LibraryChange) => changes.push(...change.changes)),
    );
    await upToDate(2);

    mkdirSync(join(folder, 'New', 'deep'), { recursive: true });
    copyFileSync(SONG, join(folder, 'New', 'deep', 'Für Ada.wav'));
    await until('the new file is told', () =>
      changes.some(({ what, path }) => what === 'added' && path === 'New/deep/Für Ada.wav'),
    );
    writeFileSync(join(folder, 'notes.txt'), 'more notes');
    await until('the change is told', () =>
      changes.some(({ what, path }) => what === 'changed' && path === 'notes.txt'),
    );
    rmSync(join(folder, 'Music'), { recursive: true });
    await until('the removal is told', () =>
      changes.some(({ what, path }) => what === 'removed' && path === 'Music/doorbell.wav'),
    );
    await upToDate(2);
    expect(await paths()).toEqual(['New/deep/Für Ada.wav', 'notes.txt']);

    const [song] = (await hub.get<List>('/library?kind=audio')).items;
    const part = await fetch(`${await hub.url()}/library/${song?.id}/file`, { headers: { Range: 'bytes=0-3' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      `bytes 0-3/${song?.size}`,
      'RIFF',
    ]);

    expect(await hub.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const timelines = hub.log.filter(({ type }) => type === 'timeline').map(({ msg }) => String(msg));
    expect(timelines.map((text) => text.slice(0, text.indexOf(':')))).toEqual(['start', 'stop']);
    expect(timelines[1]).toMatch(/critical path \w+ > /);
    expect(timelines[1]).not.toMatch(/failed|running/);
    expect(hub.log.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });

  it('knows everything again after SIGKILL, and reads no unchanged file twice', async () => {
    start();
    expect(await upToDate(2)).toMatchObject({ checked: 2 });
    const before = await hub.get<List>('/library');
    expect((await hub.end('SIGKILL')).signal).toBe('SIGKILL');

    copyFileSync(SONG, join(folder, 'another.wav'));
    start();
    expect(await upToDate(3)).toMatchObject({ checked: 1 });
    const after = await hub.get<List>('/library?sort=path');
    expect(
      after.items.filter(({ path }) => path !== 'another.wav').map(({ path, checksum }) => [path, checksum]),
    ).toEqual(before.items.map(({ path, checksum }) => [path, checksum]));
    expect(before.items.every(({ checksum }) => /^[0-9a-f]{64}$/.test(checksum ?? ''))).toBe(true);
  });

  it('is degraded while the folder is away, loses nothing, and recovers when it is back', async () => {
    start();
    await upToDate(2);
    renameSync(folder, `${folder}-away`);
    await until('the folder is missed', async () => (await system()).folder.status === 'degraded');
    expect((await hub.get<{ status: string }>('/health/ready')).status).toBe('degraded');
    expect(await paths()).toEqual(['Music/doorbell.wav', 'notes.txt']);
    const [song] = (await hub.get<List>('/library?kind=audio')).items;
    expect((await fetch(`${await hub.url()}/library/${song?.id}/file`)).status).toBe(404);

    copyFileSync(SONG, join(`${folder}-away`, 'meanwhile.wav'));
    renameSync(`${folder}-away`, folder);
    expect(await upToDate(3)).toMatchObject({ checked: 3 });
    await until('all is well', async () => (await hub.get<{ status: string }>('/health/ready')).status === 'up');
    expect(await hub.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('looks into files again when the program for that was killed, and leaves none of it behind', async () => {
    start();
    await upToDate(2);
    const statistics = () => hub.get<Statistics>('/overview');
    expect(await statistics()).toMatchObject({ files: 2, sounds: 1, seconds: 2.3 });
    const worker = async () => (await system()).facts;
    const { pid: first } = await worker();
    process.kill(first, 'SIGKILL');
    copyFileSync(SONG, join(folder, 'another.wav'));
    await until('the new file is counted', async () => (await statistics()).seconds === 4.6);
    const second = await until('another program looks into files', async () => {
      const { status, pid } = await worker();
      return status === 'up' && pid !== first ? pid : undefined;
    });
    expect(await hub.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(() => process.kill(second, 0)).toThrow('ESRCH');
  });

  it('takes the program that looks into files along when it is killed itself', async () => {
    start();
    await upToDate(2);
    const { pid } = (await system()).facts;
    expect((await hub.end('SIGKILL')).signal).toBe('SIGKILL');
    await until('the program has ended', () => !existsSync(`/proc/${pid}`));
  });

  it('does not take an empty folder in the place of a disk for the end of all files', async () => {
    start();
    await upToDate(2);
    renameSync(folder, `${folder}-away`);
    mkdirSync(folder);
    const suspected = async () => /is a disk missing/.test(String((await system()).folder.error));
    await until('the disk is missed', suspected);
    expect(await paths()).toEqual(['Music/doorbell.wav', 'notes.txt']);

    await hub.end('SIGKILL');
    start();
    await until('the disk is missed from the start', suspected);
    expect(await paths()).toEqual(['Music/doorbell.wav', 'notes.txt']);

    rmSync(folder, { recursive: true });
    renameSync(`${folder}-away`, folder);
    expect(await upToDate(2)).toMatchObject({ checked: 0 });
    rmSync(join(folder, 'Music'), { recursive: true });
    rmSync(join(folder, 'notes.txt'));
    await upToDate(0);
  });

  it('tells what happens as server-sent events, and ends them when it stops', async () => {
    start();
    await upToDate(2);
    const response = await fetch(`${await hub.url()}/changes`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    })();
    copyFileSync(SONG, join(folder, 'another.wav'));
    await until('the event has come', () => /event: library\ndata: .*another\.wav/.test(text));
    expect(await hub.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await reading;
  });

  it('does not wait for the end of a film when it is to stop', async () => {
    const film = join(folder, 'film.mp4');
    writeFileSync(film, '');
    truncateSync(film, 256 * 1024 * 1024);
    start();
    const item = await until('the film is listed', async () => (await hub.get<List>('/library?kind=video')).items[0]);
    const response = await fetch(`${await hub.url()}/library/${item.id}/file`);
    expect(response.status).toBe(200);
    const begun = performance.now();
    expect(await hub.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - begun).toBeLessThan(8_000);
    expect(hub.log.map(({ type }) => type)).toContain('http-cut');
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  it('keeps what is playing over a restart, paused where it was', async () => {
    start();
    await upToDate(2);
    const [song] = (await hub.get<List>('/library?kind=audio')).items;
    const socket = await hub.socket();
    await socket.emitWithAck('action', 'playback.play', { id: song?.id, position: 1.5 });
    expect(await hub.end('SIGTERM')).toEqual({ code: 0, signal: null });
    start();
    const { status, item, position } = await hub.get<{ status: string; item: Item; position: number }>('/playback');
    expect({ status, path: item.path }).toEqual({ status: 'paused', path: 'Music/doorbell.wav' });
    expect(position).toBeGreaterThanOrEqual(1.5);
  });

  it('ends with code 1 and a clear sentence when the folder does not exist', async () => {
    rmSync(folder, { recursive: true });
    start();
    expect(await hub.ended()).toEqual({ code: 1, signal: null });
    const said = hub.lines.join('\n');
    expect(said).toContain('HUB_FOLDER is not usable');
    expect(said).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m); // no stack
  });

  it('ends with code 1 and a clear sentence when the port is taken', async () => {
    start();
    const { port } = new URL(await hub.url());
    const second = new HubProcess(built.main, { folder, data: join(place, 'other'), env: { PORT: port } });
    expect((await second.ended()).code).toBe(1);
    expect(second.lines.join('\n')).toMatch(/Cannot listen on 127\.0\.0\.1:\d+: another program listens there already/);
  });
});
