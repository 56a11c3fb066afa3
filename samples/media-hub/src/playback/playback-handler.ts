// PlaybackHandler: keeps what is playing the same in all clients.
import { Handler, Listen, On, Session, Sockets } from 'specter-runtime';
import { Playback } from './playback.js';
import type { PlaybackView } from './playback-view.js';

@Handler()
export class PlaybackHandler {
  constructor(
    private readonly playback: Playback,
    private readonly sockets: Sockets,
  ) {}

  @On('connection')
  welcome(@Session() session: Session): void {
    this.sockets.emit('playback', this.playback.view(), { session });
  }

  @Listen('playback:changed')
  tell(view: PlaybackView): void {
    this.sockets.emit('playback', view);
  }
}
