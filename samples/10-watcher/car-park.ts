// A car park: one watcher asks how many spaces are free, whoever wants to know observes it.
import { Controller, Get, inject, Lifecycle, Module, Observe, Poll, Service, Watch, Watcher } from 'specter-runtime';

/** The barrier, as we can reach it. It is out of order now and then. */
@Service()
export class Barrier {
  #free = 12;
  #asked = 0;

  async count() {
    if (++this.#asked % 5 === 0) throw new Error('the barrier does not answer');
    this.#free = Math.max(0, this.#free + Math.round(Math.random() * 2 - 1));
    return this.#free;
  }
}

@Watcher()
export class Spaces extends Watch<number> {
  private readonly barrier = inject(Barrier);

  @Poll(2000, { dedupe: true }) read() {
    return this.barrier.count();
  }
}

@Service()
export class Sign extends Lifecycle<{ text: string }> {
  constructor() {
    super({ text: '?' });
  }

  @Observe(Spaces) show(free: number) {
    this.setState({ text: free > 0 ? `${free} free` : 'full' });
    console.log(this.state.text);
  }
}

@Controller('/sign')
export class SignController {
  private readonly sign = inject(Sign);

  @Get() read() {
    return this.sign.state;
  }
}

@Module({ providers: [Barrier, Spaces, Sign, SignController] })
export class AppModule {}
