import { IsBoolean, IsInt, IsOptional, IsString, MaxLength } from 'class-validator';
import { Config } from '../../src/app/config.js';
import { Service } from '../../src/app/service.js';
import { boot, bootError } from './boot.js';

@Config({ prefix: 'MAIL_' })
class MailConfig {
  @IsString() host!: string;
  @IsInt() smtpPort = 25;
  @IsOptional() @IsBoolean() useTls?: boolean;
}

@Service()
class Mailer {
  constructor(readonly config: MailConfig) {}
}

test('a class is filled from its variables, converted by its rules, and injected by class', async () => {
  const { engine } = await boot([Mailer, MailConfig], {
    env: { MAIL_HOST: 'mx', MAIL_SMTP_PORT: '587', MAIL_USE_TLS: 'true' },
  });
  expect(engine.get(Mailer).config).toBeInstanceOf(MailConfig);
  expect(engine.get(Mailer).config).toEqual({ host: 'mx', smtpPort: 587, useTls: true });
  await engine.stop();
});

test('a variable that is empty is one that is not set: defaults hold', async () => {
  const { engine } = await boot([MailConfig], { env: { MAIL_HOST: 'mx', MAIL_SMTP_PORT: '', MAIL_USE_TLS: '' } });
  expect(engine.get(MailConfig)).toMatchObject({ host: 'mx', smtpPort: 25 });
  expect(engine.get(MailConfig).useTls).toBeUndefined();
  await engine.stop();
});

test.each([['1e999'], ['1e9999'], ['1e2'], ['NaN'], ['1_000'], ['٢٥'], ['0x19'], [' 25'], ['25.5'], ['abc'], ['']])(
  'a port of %p is never silently a number',
  async (port) => {
    const attempt = boot([MailConfig], { env: { MAIL_HOST: 'mx', MAIL_SMTP_PORT: port } });
    if (port === '') {
      const { engine } = await attempt;
      expect(engine.get(MailConfig).smtpPort).toBe(25);
      return engine.stop();
    }
    return expect(attempt).rejects.toMatchObject({ code: 'SPECTER_CONFIG' });
  },
);

test('all faults of all classes are listed at once, before anything is constructed, and no value is printed', async () => {
  const made = jest.fn();
  @Config({ prefix: 'DB_' })
  class DbConfig {
    @IsString() @MaxLength(5) password!: string;
  }
  @Service()
  class Made {
    constructor() {
      made();
    }
  }
  const error = await bootError([MailConfig, DbConfig, Made], {
    env: { MAIL_SMTP_PORT: 'hunter2', DB_PASSWORD: 'correct horse' },
  });
  expect(error.code).toBe('SPECTER_CONFIG');
  for (const line of ['MAIL_HOST is not set', 'MAIL_SMTP_PORT is not usable', 'DB_PASSWORD is not usable'])
    expect(error.message).toContain(line);
  expect(error.message).not.toMatch(/hunter2|correct horse/);
  expect(made).not.toHaveBeenCalled();
});

test('faults of the environment and of the wiring come together', async () => {
  const error = await bootError([MailConfig, { provide: 'x', useExisting: 'absent' }], { env: {} });
  expect(error.errors.map((fault) => (fault as { code?: string }).code).sort()).toEqual([
    'SPECTER_CONFIG',
    'SPECTER_MISSING_DEPENDENCY',
  ]);
});

test("a near miss under the prefix is pointed out, also when everything is set; other programs' variables are not", async () => {
  const error = await bootError([MailConfig], {
    env: { MAIL_HOST: 'mx', MAIL_STMP_PORT: '25', MAILMAN: 'x', MAIL_QUEUE_DIRECTORY: '/var' },
  });
  expect(error.message).toContain('MAIL_STMP_PORT is read by nobody; did you mean MAIL_SMTP_PORT?');
  expect(error.message).not.toMatch(/MAILMAN|QUEUE_DIRECTORY/);
});

test('names of the language are variables like any other: nothing is read from a prototype', async () => {
  @Config()
  class Odd {
    @IsOptional() @IsString() toString2?: string;
    @IsOptional() @IsString() constructorName?: string;
  }
  const { engine } = await boot([Odd], { env: Object.create({ TO_STRING2: 'from a prototype' }) });
  expect(engine.get(Odd).constructorName).toBeUndefined();
  await engine.stop();
});

test('a class without a rule is refused, like every input', async () => {
  @Config()
  class NoRules {
    host!: string;
  }
  expect(await bootError([NoRules], { env: {} })).toMatchObject({ code: 'SPECTER_UNTYPED_INPUT' });
});

test('PORT=abc is told by name and rule, without its value', async () => {
  @Config()
  class ServerConfig {
    @IsInt() port = 3000;
  }
  const error = await bootError([ServerConfig], { env: { PORT: 'abc' } });
  expect(error.errors[0]?.message).toBe(
    'The environment has 1 fault:\n  - PORT is not usable: port must be a decimal number',
  );
});

test('a secret that is set, but empty, is told as that', async () => {
  @Config({ prefix: 'JWT_' })
  class JwtConfig {
    @IsString() secret!: string;
  }
  const error = await bootError([JwtConfig], { env: { JWT_SECRET: '' } });
  expect(error.message).toContain('JWT_SECRET is set, but empty: secret must be a string');
});

test("no value is printed, not even by a rule's own message, or in a name that is near", async () => {
  @Config({ prefix: 'JWT_' })
  class JwtConfig {
    @IsInt({ message: 'not $value' }) port = 1;
    @MaxLength(3, { message: ({ value }) => `too long: ${value}` }) @IsString() secret!: string;
  }
  const error = await bootError([JwtConfig], {
    env: { JWT_PORT: 'hunter2', JWT_SECRET: 'correct horse', JWT_SECRETS: 'battery staple' },
  });
  expect(error.message).toContain('The environment has 3 faults:');
  expect(error.message).toContain('JWT_SECRETS is read by nobody; did you mean JWT_SECRET?');
  for (const text of [error.message, String(error.stack), JSON.stringify(error)])
    expect(text).not.toMatch(/hunter2|correct horse|battery staple/);
});

test('a variable whose prefix is misspelt is pointed out when the right one is missing', async () => {
  const error = await bootError([MailConfig], { env: { MIAL_HOST: 'mx' } });
  expect(error.message).toContain('MAIL_HOST is not set, but MIAL_HOST is; did you mean MAIL_HOST?');
});

test('two applications read two environments', async () => {
  const [one, other] = await Promise.all(['a', 'b'].map((MAIL_HOST) => boot([MailConfig], { env: { MAIL_HOST } })));
  expect([one?.engine.get(MailConfig).host, other?.engine.get(MailConfig).host]).toEqual(['a', 'b']);
  await Promise.all([one?.engine.stop(), other?.engine.stop()]);
});
