// Boot of many services: specter-runtime. The module with the classes is the only argument.
import { createApplication, Module } from 'specter-runtime';
import { ready } from './ready.js';

const { services, started } = await import(process.argv[2] as string);
const begun = performance.now();

@Module({ providers: services })
class AppModule {}

await createApplication(AppModule, { logger: false }).start();
ready({ boot: performance.now() - begun, started: started() });
setInterval(() => {}, 60_000);
