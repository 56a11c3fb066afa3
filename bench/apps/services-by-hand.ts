// Boot of many services, the floor: `new` and a call. The module with the classes is the only argument.
import { ready } from './ready.js';

const { services, needs, started } = await import(process.argv[2] as string);
const begun = performance.now();
const made: { start(): void }[] = [];
for (let at = services.length - 1; at >= 0; at--) {
  made[at] = new services[at](...needs[at].map((needed: number) => made[needed]));
  made[at]?.start();
}
ready({ boot: performance.now() - begun, started: started() });
setInterval(() => {}, 60_000);
