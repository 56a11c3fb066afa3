// MediaFolder: follows the media folder. While it is away this watcher is degraded, and tries again until it is back.
import { realpath, stat } from 'node:fs/promises';
import { Clock, Stream, Watch, Watcher } from 'specter-runtime';
import { HubConfig } from '../hub-config.js';
import { Catalogue } from './catalogue.js';
import { FolderFollower } from './folder-follower.js';
import type { FolderView } from './folder-view.js';

/** Changes that come close together make one view, in milliseconds. */
const GATHER = 100;

@Watcher()
export class MediaFolder extends Watch<FolderView> {
  constructor(
    private readonly config: HubConfig,
    private readonly catalogue: Catalogue,
    private readonly clock: Clock,
  ) {
    super();
  }

  @Stream({ backoff: { min: 500, max: 5_000 } })
  async *views(signal: AbortSignal): AsyncGenerator<FolderView> {
    const root = await realpath(this.config.folder);
    const identity = await identityOf(root);
    const follower = await FolderFollower.open(root);
    try {
      let believed = this.catalogue.counts().files === 0;
      while (!signal.aborted) {
        await this.#changeOrCheck(follower, signal);
        // Before anybody believes that files are gone: is this still the folder, or has its disk been unplugged?
        if ((await identityOf(root)) !== identity) throw new Error('the media folder is another one than before');
        // Asked together with the view: it may have changed while that was found out.
        const { changed } = follower;
        const view = follower.view();
        believed ||= view.files.size > 0;
        if (!believed && view.complete)
          throw new Error('the media folder is empty, and was not before: is a disk missing?');
        if (changed) yield view;
      }
    } finally {
      await follower.close();
    }
  }

  /** Waits for a change, but looks after the folder in between: nobody tells of a disk that was unplugged. */
  async #changeOrCheck(follower: FolderFollower, signal: AbortSignal): Promise<void> {
    const turn = new AbortController();
    const either = AbortSignal.any([signal, turn.signal]);
    const change = follower.change(either).then(() => true);
    const check = this.clock.sleep(this.config.pollInterval, { signal: either }).then(() => false);
    try {
      const changed = await Promise.race([change, check]);
      if (changed) await this.clock.sleep(GATHER, { signal });
    } finally {
      turn.abort();
      await Promise.allSettled([change, check]);
    }
  }
}

/** Tells a folder from another one of the same name, and a disk from the empty folder that it was mounted on. */
async function identityOf(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder).catch(() => {
    throw new Error('the media folder is not there');
  });
  return `${dev}:${ino}`;
}
