// What SocketEvents lets through, and what it does not. Compiled, not run.
import { z } from 'zod';
import {
  On,
  Outcome,
  type RequestOptions,
  Session,
  Socket,
  type SocketAnswer,
  type SocketData,
  SocketIngress,
  Sockets,
  Topic,
  unchecked,
} from '../../src/index.js';

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

const schema = z.object({ at: z.string().transform(Number) });

export async function asking(sockets: Sockets, options: RequestOptions): Promise<void> {
  // What is checked is what comes, whatever was declared.
  const louder: Louder = await sockets.request('ada', 'types:volume?', undefined, { type: Louder });
  const all: Louder[] = await sockets.request('ada', 'types:volume?', undefined, { type: [Louder], timeout: 7 });
  const wild: number = await sockets.request('ada', 'anything', undefined, { type: Number });
  const day: Date = await sockets.request('ada', 'anything', undefined, { type: Date });
  const parsed: { at: number } = await sockets.request('ada', 'anything', undefined, { type: schema });
  const named: number = await sockets.request('ada', 'types:volume?', undefined, { timeout: 7 });
  await sockets.request<string>('ada', 'not-declared', undefined, { type: Number });
  // @ts-expect-error it is checked to be a number
  const text: { heard: number } = await sockets.request('ada', 'types:say', { text: 'hi' }, { type: Number });
  // @ts-expect-error the same where nobody has declared the event
  const words: string = await sockets.request('ada', 'anything', undefined, { type: Number });
  // @ts-expect-error nothing checks it
  const raw: string = await sockets.request('ada', 'anything', undefined, { type: unchecked });
  // @ts-expect-error only the run time knows by which type it is checked
  const later: number = await sockets.request('ada', 'types:volume?', undefined, options);
  void [louder, all, wild, day, parsed, named, text, words, raw, later];
}

export function listening(ingress: SocketIngress, name: string): void {
  ingress.subscribe('types:say', () => ({ heard: 1 }));
  ingress.subscribe('types:say', async (payload, { session }) => ({ heard: `${payload}${session.id}`.length }));
  ingress.subscribe('types:say', () => Outcome.failure('Nobody heard it.'));
  ingress.subscribe('types:say', () => {});
  ingress.subscribe('types:say', async (payload) => void payload, { type: Say });
  ingress.subscribe('types:said', (payload) => [payload].push(1));
  ingress.subscribe('anything', () => ({ was: 1 }));
  ingress.subscribe(name, () => ({ was: 1 }));
  ingress.subscribe('connection', () => 7);
  // @ts-expect-error it is answered with what was heard
  ingress.subscribe('types:say', () => ({ was: 1 }));
  // @ts-expect-error the same, later
  ingress.subscribe('types:volume?', async () => 'loud');
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
