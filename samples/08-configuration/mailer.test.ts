// The configuration: what it reads, and what it says of an environment that does not fit.
import { testApplication } from 'specter-runtime/testing';
import { AppModule, Mailer, SmtpConfig } from './mailer.js';

beforeEach(() => void jest.spyOn(console, 'log').mockImplementation());
afterEach(() => jest.restoreAllMocks());

test('variables fill the fields, converted; what is not set keeps its default', async () => {
  const app = await testApplication(AppModule, { env: { SMTP_PORT: '587', DIGEST_INTERVAL: '5000' } }).start();
  expect(app.get(SmtpConfig)).toEqual({ host: 'localhost', port: 587, sender: 'home@example.org' });
  await app.clock.advance(10_000);
  expect(app.get(Mailer).state).toEqual({ sent: 2 });
  await app.stop();
});

test('all faults come at once, before anything starts, and never a value', async () => {
  const env = { SMTP_PORT: 'many', SMTP_SENDER: 'nobody', SMTP_HOTS: 'mail.example.org', DIGEST_INTERVAL: '1' };
  const error = await testApplication(AppModule, { env, logger: false })
    .start()
    .catch((error: unknown) => error);
  const { message } = error as Error;
  expect(message).toMatch(/SMTP_HOTS is read by nobody; did you mean SMTP_HOST\?/);
  expect(message).toMatch(/SMTP_PORT is not usable/);
  expect(message).toMatch(/SMTP_SENDER/);
  expect(message).toMatch(/DIGEST_INTERVAL/);
  expect(message).not.toMatch(/many|nobody@|mail\.example/);
  expect(console.log).not.toHaveBeenCalled();
});
