// Ticker: a timer, a state, and somebody who stops both.
import { Lifecycle, type LifecycleOptions } from 'specter-runtime';

export class Ticker extends Lifecycle<{ ticks: number }> {
  constructor(options: LifecycleOptions = {}) {
    super({ ticks: 0 }, options);
  }

  protected override onStart() {
    this.interval(() => this.setState({ ticks: this.state.ticks + 1 }), 1000);
  }
}
