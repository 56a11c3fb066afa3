// OverviewHandler: tells every client to ask for the overview again. However much changes at once, it says so once.
import { Handler, Lifecycle, Listen, Sockets } from 'specter-runtime';

/** Changes that come close together are told as one, in milliseconds. */
const GATHER = 1_000;

@Handler()
export class OverviewHandler extends Lifecycle {
  #armed = false;

  constructor(private readonly sockets: Sockets) {
    super();
  }

  protected override onStart(): void {
    this.#armed = false;
  }

  @Listen('statistics:invalidated')
  tellSoon(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.timeout(() => {
      this.#armed = false;
      this.sockets.refetch('overview.show');
    }, GATHER);
  }
}
