// PlaybackHandler: tells every client to ask again what is playing, so that all show the same.
import { Handler, Listen, Sockets } from 'specter-runtime';
import type {} from '../hub-events.js';

@Handler()
export class PlaybackHandler {
  constructor(private readonly sockets: Sockets) {}

  @Listen('playback:changed')
  tell(): void {
    this.sockets.refetch('playback.view');
  }
}
