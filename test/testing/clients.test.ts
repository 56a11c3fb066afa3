// app.socket(): who is not let in is told so, whatever keeps it out.
import { Handler, Module, On } from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';

@Handler()
class Echo {
  @On('echo') echo(text: string) {
    return text;
  }
}
@Module({ providers: [Echo] })
class App {}

let app: TestApplication | undefined;
afterEach(() => app?.stop());

// Teeth: `http://127.0.0.1:40101chat` is an address that socket.io-client waits for without a word (tried).
test.each(['chat', { auth: {} }])('a namespace without a slash is refused at once: %p', async (namespace) => {
  app = await testApplication(App).start();
  await expect(app.socket(namespace as string)).rejects.toMatchObject({
    code: 'SPECTER_INVALID_ARGUMENT',
    message: expect.stringContaining("app.socket(): expected a namespace that begins with a slash, as '/chat', got"),
  });
});

// Teeth: the server only hangs up then, which is no connect_error, and the test waited for ever (tried).
test('a client of whom nobody finds out who it is hears that the server hung up', async () => {
  const session = () => new Promise<never>(() => {});
  app = await testApplication(App, { sockets: { session, connectTimeout: 50 } }).start();
  await expect(app.socket()).rejects.toMatchObject({
    code: 'SPECTER_DISCONNECTED',
    message: expect.stringContaining('app.socket() was not let into /'),
  });
});
