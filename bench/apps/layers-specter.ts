// Boots of layered services in one process: specter-runtime.
import { createApplication, Module } from 'specter-runtime';
import { bootAgain } from './layers.js';

await bootAgain(async (services) => {
  @Module({ providers: services })
  class AppModule {}

  const app = await createApplication(AppModule, { logger: false }).start();
  return () => app.stop();
});
