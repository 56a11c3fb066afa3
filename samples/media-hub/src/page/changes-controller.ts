// ChangesController: everything that happens, as server-sent events; `curl -N` shows them as they come.
import { Bus, Controller, Get, Signal } from 'specter-runtime';
import type {} from '../hub-events.js';
import { EventQueue } from './event-queue.js';

interface Told {
  readonly event: string;
  readonly data: unknown;
}

@Controller('/changes')
export class ChangesController {
  constructor(private readonly bus: Bus) {}

  @Get()
  async *follow(@Signal() signal: AbortSignal): AsyncGenerator<Told> {
    const queue = new EventQueue<Told>();
    const releases = [
      this.bus.on('library:changed', (data) => queue.push({ event: 'library', data })),
      this.bus.on('playback:changed', (data) => queue.push({ event: 'playback', data })),
    ];
    try {
      yield* queue.values(signal);
    } finally {
      for (const release of releases) release();
    }
  }
}
