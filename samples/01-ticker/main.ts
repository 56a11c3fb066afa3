// A Lifecycle alone, without an application: whoever starts it stops it.
import { Ticker } from './ticker.js';

const ticker = new Ticker();
ticker.subscribe(({ ticks }) => console.log(`tick ${ticks}`));
await ticker.start();

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await ticker.stop();
    console.log(`Stopped after ${ticker.state.ticks} tick(s)`);
  });
}
console.log('Ticking; Ctrl-C stops it');
