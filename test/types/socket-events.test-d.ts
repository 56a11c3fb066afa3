// What SocketEvents lets through, and what it does not. Compiled, not run.
import { On, Outcome, Session, Socket, type SocketAnswer, type SocketData, Sockets, Topic } from '../../src/index.js';

declare module '../../src/index.js' {
  interface SocketEvents {
    'types:said': { who: string; text: string };
    'types:say': (said: { text: string }) => { heard: number };
    'types:volume?': () => number;
    'types:hint': { text: string } | undefined;
  }
}

class Say {
  text!: string;
}
class Louder {
  level!: number;
}

export async function sending(sockets: Sockets): Promise<void> {
  sockets.emit('types:said', { who: 'ada', text: 'hi' }, { topic: 'room:1', volatile: true });
  sockets.emit('types:hint');
  sockets.emit('goodbye', { reconnectIn: 7 });
  // Events that nobody has declared carry anything.
  sockets.emit('anything', { at: 'all' });
  sockets.emit('anything');
  // @ts-expect-error what it carries is missing
  sockets.emit('types:said');
  // @ts-expect-error the text is missing
  sockets.emit('types:said', { who: 'ada' });
  // @ts-expect-error it carries something else
  sockets.emit('types:say', { text: 7 });

  const volume: number = await sockets.request('ada', 'types:volume?');
  const heard: { heard: number } = await sockets.request('ada', 'types:say', { text: 'hi' });
  // @ts-expect-error it is answered with a number
  const text: string = await sockets.request('ada', 'types:volume?');
  // @ts-expect-error it carries a text
  await sockets.request('ada', 'types:say', { level: 7 });
  // @ts-expect-error an answer that nobody has declared is unknown
  const wild: string = await sockets.request('ada', 'anything');
  void [volume, heard, text, wild];
}

export class Hears {
  @On('types:say') fits(_: Say) {
    return { heard: 1 };
  }
  @On('types:say') async later(_: Say, @Session() __: Session, @Socket() ___: Socket) {
    return { heard: 1 };
  }
  @On('types:say') first(@Session() _: Session, said: { text: string }) {
    return Outcome.success({ heard: said.text.length });
  }
  @On('types:say') other(_: Say): void {}
  @On('types:say') none(): undefined {
    return undefined;
  }
  @On('types:say') protected hidden(_: Say) {
    return { heard: 1 };
  }
  @On('undeclared') anything(_: number, __: Louder) {
    return 'fine';
  }
  @On('connection') arrived(@Session() _: Session) {}

  // @ts-expect-error it carries a text
  @On('types:say') wrong(_: Louder) {
    return { heard: 1 };
  }
  // @ts-expect-error it is answered with what was heard
  @On('types:say') answers(_: Say) {
    return { seen: 1 };
  }
  // @ts-expect-error the same, later
  @On('types:volume?') async volume() {
    return 'loud';
  }
  // @ts-expect-error one of its answers is wrong
  @On('types:volume?') perhaps(_: undefined) {
    return Math.random() > 1 ? 7 : 'loud';
  }
}

export class Rules {
  @Topic('a:*') yes(_: string, @Session() __: Session) {
    return true;
  }
  @Topic('b:*') async later(@Session() _: Session, @Socket() __: Socket) {
    return Math.random() > 2;
  }

  // @ts-expect-error a topic is joined with true alone, and this one by nobody
  @Topic('c:*') truthy(_: string) {
    return 'yes';
  }
  // @ts-expect-error a rule that answers nothing lets nobody in
  @Topic('d:*') forgets(_: string) {}
}

export const data: SocketData<'types:say'> = { text: 'hi' };
export const answer: SocketAnswer<'types:say'> = { heard: 2 };
