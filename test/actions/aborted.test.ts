// Calls that somebody ends: their client, their time, or the stop of their controller.
import 'reflect-metadata';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { IsString } from 'class-validator';
import { Action } from '../../src/actions/action.js';
import { Guard } from '../../src/http/guard.js';
import { Signal } from '../../src/http/parameters.js';
import { Gate } from '../queue/stage.js';
import { until } from '../sockets/stage.js';
import { ActionStage } from './stage.js';

const ID = '0123456789abcdef';
const LONG = 60_000;

class Named {
  @IsString() name!: string;
}

let gate: Gate;
let begun: string[];
let guard: () => boolean | Promise<boolean>;

class Work {
  @Guard(() => guard()) @Action() guarded() {
    begun.push('guarded');
  }
  @Action() checked(_: Named) {
    begun.push('checked');
  }
  /** As Node's own functions say that a signal has ended them. */
  @Action() async wait(@Signal() signal: AbortSignal) {
    begun.push('wait');
    await sleep(LONG, undefined, { signal });
  }
  @Action({ timeout: 20 }) async late(@Signal() signal: AbortSignal) {
    await sleep(LONG, undefined, { signal });
  }
  @Action({ defer: { maxSize: 1 } }) async job() {
    begun.push('job');
    await gate.promise;
  }
  @Action() refuse() {
    begun.push('refuse');
    throw new Error('half of it was done');
  }
}

let stage: ActionStage;
let runner: Awaited<ReturnType<ActionStage['start']>>;
beforeEach(async () => {
  [begun, gate, guard] = [[], new Gate(), () => true];
  stage = await new ActionStage({ http: { handlerTimeout: 50 } }).open();
  runner = await stage.start(Work as never);
});
afterEach(() => stage.close());

const away = { ok: false, status: 503, error: { code: 'SPECTER_UNAVAILABLE' }, retryIn: 1_000 };
const named = { headers: { 'Idempotency-Key': ID } };

// Teeth: without the look after the guards the method runs on a stopped controller (tried).
test('a call whose guard takes longer than the stop of the controller is refused, and its method is not called', async () => {
  const asked = new Gate();
  guard = async () => {
    asked.resolve();
    await gate.promise;
    return true;
  };
  for (const options of [{}, named]) {
    const calling = stage.post('work.guarded', undefined, options);
    await asked.promise;
    await runner.stop();
    gate.resolve();
    expect((await calling).json).toMatchObject(away);
    await runner.start();
  }
  expect(begun).toEqual([]);
  expect((await stage.post('work.guarded', undefined, named)).status).toBe(200);
});

// Teeth: the AbortError that Node throws is a 500, and an alarm each time that somebody closes a page (tried).
test('what the signal of a client that has gone ends is no failure of the action', async () => {
  const client = await stage.client();
  client.emit('action', 'work.wait');
  await until(() => begun.length === 1);
  client.disconnect();
  await until(() => stage.tellings('action-answered').length === 1);
  expect(stage.tellings('action-answered')).toMatchObject([{ status: 409 }]);
  expect(stage.tellings('action-failed')).toEqual([]);
});

test('what the stop of the controller ends is a 503, and what the time ends is told once', async () => {
  const calling = stage.post('work.wait');
  await until(() => begun.length === 1);
  await runner.stop();
  expect((await calling).json).toMatchObject(away);
  expect(stage.tellings('action-failed')).toEqual([]);
  await runner.start();
  expect((await stage.post('work.late')).status).toBe(504);
  await runner.stop();
  expect(stage.tellings('action-failed')).toMatchObject([{ error: { code: 'SPECTER_TIMEOUT' } }]);
});

test('who asks for the answer of a call that was given up is told so', async () => {
  const client = await stage.client();
  const calling = client.emitWithAck('action', 'work.wait', null, { id: ID });
  await until(() => begun.length === 1);
  client.emit('action:cancel', 'work.wait', { id: ID });
  const givenUp = { ok: false, status: 409, error: { code: 'SPECTER_CALL_GIVEN_UP' } };
  expect(await calling).toMatchObject(givenUp);
  expect((await stage.post('work.wait', undefined, named)).json).toMatchObject(givenUp);
  expect(begun).toEqual(['wait']);
});

// Teeth: looked for among those that run alone, a call that its guard still holds is done for nobody (tried).
test('a call that was given up while a guard was still asking is not begun', async () => {
  const asked = new Gate();
  guard = async () => {
    asked.resolve();
    await gate.promise;
    return true;
  };
  const client = await stage.client();
  const calling = client.emitWithAck('action', 'work.guarded', null, { id: ID });
  await asked.promise;
  for (let n = 0; n < 2; n++) await client.emitWithAck('action:cancel', 'work.guarded', { id: ID });
  gate.resolve();
  expect(await calling).toMatchObject({ ok: false, status: 409, error: { code: 'SPECTER_CALL_GIVEN_UP' } });
  expect(begun).toEqual([]);
});

// Teeth: kept, the refusal of a full queue is the answer for as long as an answer is kept (tried).
test('a refusal from before the method is not kept: the same call may run when there is room, or it is right', async () => {
  await stage.post('work.job');
  await until(() => begun.length === 1);
  await stage.post('work.job');
  expect((await stage.post('work.job', undefined, named)).json).toMatchObject({
    error: { code: 'SPECTER_QUEUE_FULL' },
  });
  gate.resolve();
  await until(() => begun.length === 2);
  expect((await stage.post('work.job', undefined, named)).status).toBe(202);
  expect((await stage.post('work.checked', { name: 7 }, named)).status).toBe(422);
  expect((await stage.post('work.checked', { name: 'x' }, named)).status).toBe(200);
});

// Teeth: refused like any other while the controller is away, it would be called anew, and done twice (tried).
test('a call that has been answered has its answer also while the controller is away, if the guards let it pass', async () => {
  expect((await stage.post('work.guarded', undefined, named)).status).toBe(200);
  await runner.stop();
  expect((await stage.post('work.guarded', undefined, named)).status).toBe(200);
  expect((await stage.post('work.guarded')).json).toMatchObject(away);
  guard = () => false;
  expect((await stage.post('work.guarded', undefined, named)).status).toBe(403);
  expect(begun).toEqual(['guarded']);
});

test('who waits for a call gets its answer although the one who began it has gone, over another door', async () => {
  class Slow {
    @Action() async go(@Signal() signal: AbortSignal) {
      begun.push('go');
      await gate.promise;
      return signal.aborted;
    }
  }
  await stage.start(Slow);
  const [first, second] = [await stage.client(), await stage.client()];
  first.emit('action', 'slow.go', null, { id: ID }, () => {});
  await until(() => begun.length === 1);
  const [overHttp, overSocket] = [
    stage.post('slow.go', undefined, named),
    second.emitWithAck('action', 'slow.go', null, { id: ID }),
  ];
  await second.emitWithAck('action', 'slow.none');
  first.disconnect();
  expect((await stage.post('slow.go', { other: 1 }, named)).json).toMatchObject({
    error: { code: 'SPECTER_CALL_ID_REUSED' },
  });
  gate.resolve();
  expect((await overHttp).json).toEqual({ ok: true, status: 200, value: false });
  expect(await overSocket).toEqual({ ok: true, status: 200, value: false });
  expect(begun).toEqual(['go']);
});

test('a failure of the method is kept: nobody knows what it had done before', async () => {
  const [first, second] = [
    await stage.post('work.refuse', undefined, named),
    await stage.post('work.refuse', undefined, named),
  ];
  expect([first.status, second.text]).toEqual([500, first.text]);
  expect(begun).toEqual(['refuse']);
});

// Teeth: with the handlerTimeout of routes it is a 503 after 50 ms (tried).
test('how long an action may take is its own to say over HTTP as well', async () => {
  class Slow {
    @Action({ timeout: 5_000 }) async go(@Signal() signal: AbortSignal) {
      await Promise.race([gate.promise, once(signal, 'abort')]);
      return signal.aborted;
    }
  }
  await stage.start(Slow);
  const calling = stage.post('slow.go');
  await sleep(1_200);
  gate.resolve();
  expect((await calling).json).toEqual({ ok: true, status: 200, value: false });
}, 15_000);
