// ChangesController: everything that happens, as server-sent events; `curl -N` shows them as they come.
import { Bus, Controller, Get, Signal } from 'specter-runtime';
import type {} from '../hub-events.js';

interface Told {
  readonly event: string;
  readonly data: unknown;
}

@Controller('/changes')
export class ChangesController {
  constructor(private readonly bus: Bus) {}

  @Get()
  async *follow(@Signal() signal: AbortSignal): AsyncGenerator<Told> {
    for await (const { event, data } of this.bus.stream(['library:changed', 'playback:changed'], { signal }))
      yield { event: event.replace(':changed', ''), data };
  }
}
