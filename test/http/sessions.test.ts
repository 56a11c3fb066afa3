// What http.session may return, and how its data is typed.
import 'reflect-metadata';
import { Controller, Get, Guard, Session, type Session as SessionOf } from '../../src/index.js';
import { Harness } from './harness.js';

interface User {
  readonly name: string;
}

@Controller('/me')
@Guard(() => true)
class MeController {
  @Get() show(@Session() session: SessionOf<User>) {
    return { name: session.data.name };
  }
}

async function answerWith(session: unknown) {
  const app = new Harness({ http: { session: () => session as never } });
  await app.attach(new MeController());
  await app.listen();
  const { status } = await app.fetch('/me');
  await app.fetch('/me');
  const failed = app.of('http-failed').map(({ error }) => error.message);
  const refused = app.of('http-session-refused').map(({ first, why }) => ({ first, why }));
  await app.close();
  return { status, failed: failed.slice(0, 1), refused };
}

test('a session with an id is one', async () => {
  expect(await answerWith({ id: 'a', data: { name: 'Ada' } })).toEqual({ status: 200, failed: [], refused: [] });
});

// Teeth: unchecked, a guard that only asks whether there is a session lets `{}` pass (tried).
test.each([[{ user: 'Ada' }], ['ada'], [null], [{}]])(
  'anything else is a clear 500 with a line in the log: %j',
  async (session) => {
    const { status, failed } = await answerWith(session);
    expect(status).toBe(500);
    expect(failed).toEqual([expect.stringMatching(/^http\.session\(\): expected \{ id, data \} with a text/)]);
  },
);

// Teeth: what a caller sends, as a name twice in a query, was a 500 (tried).
test.each([
  ['', 'an empty text'],
  [7, '7 (number)'],
  [['ada', 'bob'], 'Array'],
  [undefined, 'undefined'],
])('an id that is no text (%j) is a 401, and the first time a warning', async (id, told) => {
  const { status, failed, refused } = await answerWith({ id });
  expect({ status, failed }).toEqual({ status: 401, failed: [] });
  const why = `http.session() gave an id that is ${told}, so nobody knows who is calling. Check what the client has sent, give a text as id, or undefined for a stranger.`;
  expect(refused).toEqual([
    { first: true, why },
    { first: false, why },
  ]);
});
