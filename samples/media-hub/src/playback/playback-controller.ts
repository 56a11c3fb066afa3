// PlaybackController: what is playing, and the actions on it, over HTTP (POST /actions/playback.play) and over sockets alike.
import { Action, Conflict, Controller, Get, NotFound, Unprocessable } from 'specter-runtime';
import { Catalogue } from '../library/catalogue.js';
import type { Kind } from '../library/kind.js';
import { Play } from './play.js';
import { Playback } from './playback.js';
import type { PlaybackView } from './playback-view.js';
import { Seek } from './seek.js';

const PLAYABLE: readonly Kind[] = ['audio', 'video', 'image'];

@Controller('/playback')
export class PlaybackController {
  constructor(
    private readonly playback: Playback,
    private readonly catalogue: Catalogue,
  ) {}

  @Get()
  @Action()
  view(): PlaybackView {
    return this.playback.view();
  }

  @Action()
  play({ id, position }: Play): PlaybackView {
    const item = this.catalogue.get(id);
    if (!item) throw new NotFound('The library has no such item.');
    if (!PLAYABLE.includes(item.kind))
      throw new Unprocessable('Only music, films and pictures can be played.', { code: 'HUB_NOT_PLAYABLE' });
    if (item.state === 'unreadable') throw new Conflict(item.error, { code: 'HUB_UNREADABLE' });
    return this.playback.play(item, position);
  }

  @Action()
  pause(): PlaybackView {
    return this.playback.pause();
  }

  @Action()
  seek({ position }: Seek): PlaybackView {
    return this.playback.seek(position);
  }

  @Action()
  stop(): PlaybackView {
    return this.playback.stopPlaying();
  }
}
