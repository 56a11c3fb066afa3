// Boot of many services: tsyringe alone, and a loop that starts them. The module with the classes is the only argument.
import 'reflect-metadata';
import { container } from 'tsyringe';
import { ready } from './ready.js';

const { services, started } = await import(process.argv[2] as string);
const begun = performance.now();
for (const service of [...services].reverse()) container.resolve<{ start(): void }>(service).start();
ready({ boot: performance.now() - begun, started: started() });
setInterval(() => {}, 60_000);
