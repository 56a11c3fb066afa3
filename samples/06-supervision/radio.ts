// A radio with a tuner that is unplugged now and then. Whoever depends on the tuner goes down with it, and comes back with it.
import { Bus, Controller, Get, inject, Lifecycle, Listen, Module, Post, Service } from 'specter-runtime';

@Service({ restart: { on: 'failure', maxRestarts: 3, within: 60_000, backoff: { min: 1000, jitter: 0 } } })
export class Tuner extends Lifecycle<{ starts: number }> {
  constructor() {
    super({ starts: 0 });
  }

  protected override onStart() {
    this.setState({ starts: this.state.starts + 1 }); // the same instance, with the same state
  }

  @Listen('cable:pulled') lost() {
    this.fail(new Error('the tuner was unplugged'));
  }
}

@Service()
export class Radio extends Lifecycle<{ played: number }> {
  readonly tuner = inject(Tuner);

  constructor() {
    super({ played: 0 });
  }

  protected override onStart() {
    this.setState({ played: 0 });
    this.interval(() => this.setState({ played: this.state.played + 1 }), 1000);
  }
}

@Controller('/radio')
export class RadioController {
  private readonly radio = inject(Radio);

  @Get() read() {
    return { ...this.radio.state, ...this.radio.tuner.state };
  }
}

@Controller('/cable') // does not ask for the tuner, so it stays
export class CableController {
  private readonly bus = inject(Bus);

  @Post('/pull') pull() {
    this.bus.emit('cable:pulled', undefined);
  }
}

@Module({ providers: [Tuner, Radio, RadioController, CableController] })
export class AppModule {}
