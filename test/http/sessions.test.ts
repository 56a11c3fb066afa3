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

async function answerWith(session: unknown): Promise<{ status: number; failed: readonly string[] }> {
  const app = new Harness({ http: { session: () => session as never } });
  await app.attach(new MeController());
  await app.listen();
  const { status } = await app.fetch('/me');
  const failed = app.of('http-failed').map(({ error }) => error.message);
  await app.close();
  return { status, failed };
}

test('a session with an id is one', async () => {
  expect(await answerWith({ id: 'a', data: { name: 'Ada' } })).toEqual({ status: 200, failed: [] });
});

// Teeth: unchecked, a guard that only asks whether there is a session lets `{}` pass (tried).
test.each([[{ user: 'Ada' }], ['ada'], [null], [{ id: '' }], [{ id: 7 }]])(
  'anything else is a clear 500 with a line in the log: %j',
  async (session) => {
    const { status, failed } = await answerWith(session);
    expect(status).toBe(500);
    expect(failed).toEqual([expect.stringMatching(/^http\.session\(\): expected \{ id, data \} with a text/)]);
  },
);
