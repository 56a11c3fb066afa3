// SystemWatch: how full the disk is, and how busy the machine.
import { statfs } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { Poll, Watch, Watcher } from 'specter-runtime';
import { HubConfig } from '../hub-config.js';

export interface SystemReading {
  /** Bytes on the disk of the media folder. */
  readonly free: number;
  readonly total: number;
  /** Average load of the last minute. */
  readonly load: number;
}

const MEGABYTE = 1_000_000;

@Watcher()
export class SystemWatch extends Watch<SystemReading> {
  constructor(private readonly config: HubConfig) {
    super();
  }

  @Poll(5_000, { dedupe: true, timeout: 4_000 })
  async read(): Promise<SystemReading> {
    const { bavail, blocks, bsize } = await statfs(this.config.folder);
    const [load = 0] = loadavg();
    return { free: rounded(bavail * bsize), total: rounded(blocks * bsize), load: Math.round(load * 10) / 10 };
  }
}

/** A few bytes more or less are no news. */
function rounded(bytes: number): number {
  return Math.round(bytes / MEGABYTE) * MEGABYTE;
}
