// Frames that no client sends: none of them fails the application, ends the process or disturbs who is honest beside it.
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { IsInt, IsString } from 'class-validator';
import { Handler, On } from '../../src/sockets/handler.js';
import { pick, seeded } from '../validation/seeded.js';
import { Stage, until } from './stage.js';

interface RawSocket {
  readyState: number;
  on(event: string, fn: (data?: unknown) => void): void;
  send(data: string | Buffer): void;
  terminate(): void;
}
const RawWebSocket = createRequire(import.meta.url)('ws') as new (url: string) => RawSocket;

class Said {
  @IsString() text!: string;
  @IsInt() times!: number;
}

const seen: unknown[] = [];

@Handler()
class Echo {
  @On('say', { type: Said }) say(said: Said) {
    seen.push(said);
    return said.text.repeat(Math.min(3, Math.max(0, said.times)));
  }
  @On('count', { type: Number }) count(value: number) {
    return value + 1;
  }
}

const random = seeded(20_261_122);
const FRAMES = [
  '420["say",{"text":"a","times":1}]', '421["count",1]', '42["say",{"__proto__":{"text":1}}]', '423["__proto__",1]', '424["constructor"]',
  '42["error",{}]', '42["connect"]', '425["disconnect"]', '42[7,1]', '42[null]', '42[]', '42{}', '42', '4', '40/nowhere,', '40{"a":1}', '41', '43["a"]',
  '451-["say",{"_placeholder":true,"num":0}]', '4599999-["say"]', '45-1-["say"]', '46', '2', '3', '3probe', '5', '6', '1', '0', '9', '', 'b4AAA=',
  `42["say",${'['.repeat(5_000)}${']'.repeat(5_000)}]`, '42["say",{"text":"\\ud800","times":1e999}]', '42["topic:join",{"a":1}]', '426["topic:join","x"]',
  '427["action","a.b",{}]', '42["action",null]', '40/\u0000,', '42/,["say"]', '42["say"],["say"]', '\ufeff42["say"]',
]; // biome-ignore format: a list

function mutated(frame: string): string | Buffer {
  const at = Math.floor(random() * (frame.length + 1));
  const kinds = [
    () => frame,
    () => frame.slice(0, at),
    () => frame.slice(0, at) + pick(random, ['"', '\\', '{', ']', '9', '\u0000', '\u{1f4a9}']) + frame.slice(at),
    () => frame.slice(0, at) + frame.slice(at + 1),
    () => frame + pick(random, FRAMES),
    () => Buffer.from(frame),
  ];
  return pick(random, kinds)();
}

// Teeth: a handler that is called without the gate sees what is no Said, and this counts it (tried).
test('10,000 of them', async () => {
  const stage = await new Stage({ maxHttpBufferSize: 20_000 }).open();
  await stage.start(Echo);
  const honest = await stage.connected();
  const raws = new Set<RawSocket>();
  let answered = 0;
  for (let round = 0; round < 1_000; round++) {
    const raw = new RawWebSocket(`${stage.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    raws.add(raw);
    raw.on('error', () => {});
    raw.on('close', () => void raws.delete(raw));
    const attack = () => {
      if (round % 50 === 0) raw.send('42["say",{"text":"good","times":1}]');
      for (let sent = 0; sent < 10; sent++) raw.send(mutated(pick(random, FRAMES)));
    };
    // Most wait until they are let in: what comes before is not heard.
    if (random() < 0.2) raw.on('open', attack);
    raw.on('open', () => raw.send('40'));
    raw.on('message', (data) => void (String(data).startsWith('40') && attack()));
    if (round % 20 !== 19) continue;
    expect(await honest.emitWithAck('say', { text: 'a', times: 2 })).toBe('aa');
    answered++;
    for (const one of raws) if (one.readyState === 1 && random() < 0.05) one.terminate();
  }
  await until(() => [...raws].every(({ readyState }) => readyState > 0));
  expect(await honest.emitWithAck('count', 1)).toBe(2);
  expect(answered).toBe(50);
  // Some of the strangers' frames were good ones.
  expect(seen.length).toBeGreaterThan(50);
  expect(stage.tellings('socket-failed')).toEqual([]);
  expect(seen.filter((said) => !(said instanceof Said && typeof said.text === 'string'))).toEqual([]);
  expect(Object.keys(Object.prototype)).toEqual([]);
  for (const raw of raws) raw.terminate();
  await stage.close();
});
