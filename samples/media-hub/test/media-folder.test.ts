// The watcher of the folder, on a follower that the test makes up.
import { tmpdir } from 'node:os';
import { Module } from 'specter-runtime';
import { testApplication } from 'specter-runtime/testing';
import { until } from '../../../test/until.js';
import { HubConfig } from '../src/hub-config.js';
import { Catalogue } from '../src/library/catalogue.js';
import { FolderFollower } from '../src/library/folder-follower.js';
import type { FolderView } from '../src/library/folder-view.js';
import { MediaFolder } from '../src/library/media-folder.js';

@Module({ providers: [HubConfig, Catalogue, MediaFolder] })
class OnlyTheFolder {}

// Teeth: when only a change that wakes it up counts, this view is taken and never shown (tried).
it('shows a change that came while it looked after the folder', async () => {
  const files = new Map([['a.mp3', { size: 1, modified: 1000 }]]);
  const follower = {
    changed: true,
    /** Nobody is woken up: the change came when nobody waited for one. */
    change: (signal: AbortSignal) =>
      new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
    view: (): FolderView => {
      follower.changed = false;
      return { files, complete: true };
    },
    close: async () => {},
  };
  const open = jest.spyOn(FolderFollower, 'open').mockResolvedValue(follower as unknown as FolderFollower);
  const app = await testApplication(OnlyTheFolder, { env: { HUB_FOLDER: tmpdir() } })
    .override(Catalogue).useValue({ counts: () => ({ files: 1, waiting: 0, unreadable: 0 }) })
    .start(); // biome-ignore format: a list
  const folder = app.get(MediaFolder);
  await until('the folder is followed', () => open.mock.calls.length > 0);
  const shown = until('the change is shown', () => folder.lastValue, 5_000);
  await app.clock.advance(2_000);
  expect((await shown).files).toBe(files);
  await app.stop();
  open.mockRestore();
});
