// The doorman tells a room who is in it.
import { inject, Lifecycle, Presence, Service, Sockets } from 'specter-runtime';

/** Tells a room who is in it, whenever that changes. */
@Service()
export class Doorman extends Lifecycle {
  private readonly sockets = inject(Sockets);
  private readonly presence = inject(Presence);

  protected override onStart() {
    const rooms = { topic: 'room:*', owner: this };
    this.presence.onJoin((_, { topic }) => this.tell(topic), rooms);
    this.presence.onLeave((_, { topic }) => this.tell(topic), rooms);
  }

  private tell(topic = '') {
    const people = this.presence.sessions(topic).map(({ id }) => id);
    this.sockets.emit('room:here', { room: topic.slice('room:'.length), people }, { topic });
    console.log(`${topic}: ${people.join(', ') || 'nobody'}`);
  }
}
