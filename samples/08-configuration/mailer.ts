// A mailer that is told by the environment where to send, and a configuration that is checked before anything starts.
import { IsEmail, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { Config, inject, Lifecycle, Module, Service } from 'specter-runtime';

@Config({ prefix: 'SMTP_' })
export class SmtpConfig {
  /** SMTP_HOST */
  @IsString() host = 'localhost';
  /** SMTP_PORT */
  @IsInt() @Min(1) @Max(65_535) port = 25;
  /** SMTP_SENDER */
  @IsEmail() sender = 'home@example.org';
  /** SMTP_USER_NAME */
  @IsOptional() @IsString() userName?: string;
}

@Config()
export class DigestConfig {
  /** DIGEST_INTERVAL, in milliseconds */
  @IsInt() @Min(1000) digestInterval = 60_000;
}

@Service()
export class Mailer extends Lifecycle<{ sent: number }> {
  private readonly smtp = inject(SmtpConfig);
  private readonly config = inject(DigestConfig);

  constructor() {
    super({ sent: 0 });
  }

  protected override onStart() {
    this.interval(() => this.send(), this.config.digestInterval);
    console.log(`From ${this.smtp.sender} by way of ${this.smtp.host}:${this.smtp.port}`);
  }

  private send() {
    this.setState({ sent: this.state.sent + 1 });
  }
}

@Module({ providers: [SmtpConfig, DigestConfig, Mailer] })
export class AppModule {}
