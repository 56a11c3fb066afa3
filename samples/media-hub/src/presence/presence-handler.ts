// PresenceHandler: who is here. Everybody is told whenever somebody comes, goes, or takes another name.
import { Handler, On, Session, Sockets } from 'specter-runtime';
import { Hello } from './hello.js';

export interface Person {
  readonly id: string;
  readonly name: string;
}

@Handler()
export class PresenceHandler {
  readonly #people = new Map<string, Person>();

  constructor(private readonly sockets: Sockets) {}

  @On('connection')
  arrive(@Session() { id }: Session): void {
    this.#set(id, 'Somebody');
  }

  @On('hello')
  greet({ name }: Hello, @Session() { id }: Session): { people: number } {
    this.#set(id, name);
    return { people: this.#people.size };
  }

  @On('disconnect')
  leave(@Session() { id }: Session): void {
    this.#people.delete(id);
    this.#tell();
  }

  #set(id: string, name: string): void {
    this.#people.set(id, { id, name });
    this.#tell();
  }

  #tell(): void {
    this.sockets.emit('presence', [...this.#people.values()]);
  }
}
