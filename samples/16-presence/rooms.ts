// Rooms that know who is in them: people, not tabs.
import { IsString, Length } from 'class-validator';
import {
  Controller, Get, Handler, inject, Module, On, Param, Presence, Session, Sockets, Topic,
} from 'specter-runtime'; // biome-ignore format: a list
import { Doorman } from './doorman.js';

declare module 'specter-runtime' {
  interface SocketEvents {
    'room:say': (said: { room: string; text: string }) => { heard: number };
    'room:said': { who: string; text: string };
    'room:here': { room: string; people: readonly string[] };
  }
}

class Say {
  @IsString() @Length(1, 50) room!: string;
  @IsString() @Length(1, 500) text!: string;
}

@Handler()
export class RoomHandler {
  private readonly sockets = inject(Sockets);
  private readonly presence = inject(Presence);

  @Topic('room:*') mayJoin(topic: string, @Session() { id }: Session) {
    return topic !== 'room:attic' || id === 'ada';
  }

  @On('room:say', { type: Say, rate: { perSecond: 2, burst: 5 } }) say(
    { room, text }: Say,
    @Session() session: Session,
  ) {
    const topic = `room:${room}`;
    this.sockets.emit('room:said', { who: session.id, text }, { topic, except: session });
    return { heard: this.presence.sessions(topic).length - 1 };
  }
}

@Controller('/rooms')
export class RoomController {
  private readonly presence = inject(Presence);

  @Get('/:room') people(@Param('room', String) room: string) {
    return this.presence.sessions(`room:${room}`).map(({ id }) => id);
  }
}

@Module({ providers: [RoomHandler, Doorman, RoomController] })
export class AppModule {}

/** Whoever says a name is believed: a real application looks at a cookie or a token. */
export const session = ({ auth }: { auth: { name?: unknown } }) =>
  typeof auth.name === 'string' && auth.name !== '' ? { id: auth.name, data: undefined } : undefined;
