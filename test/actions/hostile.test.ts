// What clients send that no client of ours would.
import 'reflect-metadata';
import { Action } from '../../src/actions/action.js';
import { unchecked } from '../../src/validation/gate.js';
import { ActionStage } from './stage.js';

const ID = '0123456789abcdef';

class Echo {
  @Action({ type: unchecked }) it(value: unknown) {
    return [value === undefined, value];
  }
  @Action() nothing() {
    return 'done';
  }
  @Action({ idempotent: true }) again() {
    return 'done';
  }
}

let stage: ActionStage;
afterEach(() => stage.close());
const begin = async (options: ConstructorParameters<typeof ActionStage>[0] = {}) => {
  stage = await new ActionStage(options).open();
  await stage.start(Echo);
};

// Teeth: an id that cannot become a text is a TypeError, and an error in the log for each (tried).
test.each([
  ['a cancellation', 'action:cancel', ['echo.it', { id: { toString: 1 } }]],
  ['a cancellation of nothing', 'action:cancel', [{}, null]],
  ['a question for a job', 'action:job', [{ toString: 1 }]],
  ['a name', 'action', [{ toString: 1 }, 1]],
  ['a name from the prototype', 'action', ['__proto__', 1]],
  ['an id', 'action', ['echo.it', 1, { id: { toString: 1 } }]],
  ['values behind the id', 'action', ['echo.it', 1, { id: ID }, 1, [2], null]],
  ['no values at all', 'action', []],
])('%s that is odd is an answer, and no failure', async (_, event, values) => {
  await begin();
  const client = await stage.client();
  await client.timeout(5_000).emitWithAck(event, ...values);
  client.emit(event, ...values);
  expect((await client.emitWithAck('action', 'echo.nothing')).value).toBe('done');
  expect(stage.told.filter(({ type }) => type.endsWith('-failed'))).toEqual([]);
});

test('an id is checked also where no answer is kept', async () => {
  await begin();
  const client = await stage.client();
  for (const id of ['short', 7, null, {}, ['x'.repeat(32)]])
    expect(await client.emitWithAck('action', 'echo.again', null, { id })).toMatchObject({ status: 400 });
});

test('a payload that is not there is none through both doors, and null is null', async () => {
  await begin();
  const client = await stage.client();
  const none = { ok: true, status: 200, value: [true, null] };
  expect((await stage.post('echo.it')).json).toEqual(none);
  expect(await client.emitWithAck('action', 'echo.it')).toEqual(none);
  expect(await client.emitWithAck('action', 'echo.it', null, { id: ID, empty: true })).toEqual(none);
  const isNull = { ok: true, status: 200, value: [false, null] };
  expect((await stage.post('echo.it', null)).json).toEqual(isNull);
  expect(await client.emitWithAck('action', 'echo.it', null, { id: `${ID}1` })).toEqual(isNull);
});

// Teeth: with limits of its own for all actions, those of the doors say nothing (tried).
test('how deep and wide a payload may be is what its door says', async () => {
  await begin({ http: { limits: { items: 6_000 } }, sockets: { limits: { depth: 3 } } });
  const client = await stage.client();
  const [wide, deep] = [Array(5_500).fill(1), [[[[1]]]]];
  const complex = { ok: false, status: 400, error: { code: 'SPECTER_BODY_TOO_COMPLEX' } };
  for (const name of ['echo.it', 'echo.nothing']) {
    const options = { headers: { 'Idempotency-Key': ID + name.replace('.', '-') } };
    expect((await stage.post(name, wide, options)).status).toBe(200);
    expect((await stage.post(name, deep)).status).toBe(200);
    expect(await client.emitWithAck('action', name, wide)).toMatchObject(complex);
    expect(await client.emitWithAck('action', name, deep)).toMatchObject(complex);
  }
});

test('what goes wrong while it is found out whose job it is, is told', async () => {
  const session = () => {
    throw new Error('the database is away');
  };
  await begin({ http: { session } });
  expect((await stage.post('jobs/x', undefined, { method: 'GET' })).status).toBe(500);
  expect(stage.tellings('action-failed')).toMatchObject([
    { service: 'actions', action: 'jobs', error: { message: 'the database is away' } },
  ]);
});
