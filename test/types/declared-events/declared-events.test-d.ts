// Where an application has declared its events, a misspelt name does not compile. Compiled, not run.
import { On, SocketIngress, Sockets } from 'specter-runtime';

declare module 'specter-runtime' {
  interface SocketEvents {
    'now-playing': { film: string };
    'volume?': () => number;
    [row: `device:${string}`]: { status: string };
  }
}

export async function sending(sockets: Sockets, id: string, name: string, either: 'now-playing' | 'goodbye') {
  sockets.emit('now-playing', { film: 'Alien' });
  sockets.emit('goodbye', { reconnectIn: 7 });
  sockets.emit('device:lamp', { status: 'on' });
  sockets.emit(`device:${id}`, { status: 'on' }, { topic: 'devices' });
  const volume: number = await sockets.request('ada', 'volume?');
  // Only the run time knows these, and what they carry.
  sockets.emit(name, { anything: true });
  sockets.emit(`room:${id}`, 7);
  await sockets.request('ada', name);
  sockets.emit(either, { film: 'Alien', reconnectIn: 7 });
  // On purpose, for one that is not declared.
  sockets.emit<string>('not-declared', { anything: true });
  sockets.emit('not-declared' as string, { anything: true });

  // @ts-expect-error one letter is missing
  sockets.emit('now-playin', { film: 'Alien' });
  // @ts-expect-error the same without anything to carry
  sockets.emit('now-playin');
  // @ts-expect-error one letter is missing
  await sockets.request('ada', 'volum?');
  // @ts-expect-error what it carries is still checked
  sockets.emit('now-playing', { flm: 'Alien' });
  // @ts-expect-error the same for a name of a pattern
  sockets.emit(`device:${id}`, { stats: 'on' });
  const text = 'now-playin';
  // @ts-expect-error a constant is a name, too
  sockets.emit(text, { film: 'Alien' });
  return volume;
}

export function listening(ingress: SocketIngress, name: string) {
  ingress.subscribe('connection', () => {});
  ingress.subscribe('volume?', () => 7);
  ingress.subscribe(name, () => 7);
  // @ts-expect-error one letter is missing
  ingress.subscribe('volum?', () => 7);
}

export class Hears {
  @On('connection') arrived() {}
  @On('disconnect') left() {}
  @On('error') failed() {}
  @On('volume?') volume() {
    return 7;
  }
  @On('device:lamp') lamp(_: { status: string }) {}
  // @ts-expect-error one letter is missing
  @On('volum?') misspelt() {
    return 7;
  }
  @On<string>('not-declared') free(_: number) {}
}
