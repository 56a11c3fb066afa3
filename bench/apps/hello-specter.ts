// Start-up: specter-runtime, one controller.
import { bootstrap, Controller, Get, Module } from 'specter-runtime';
import { ready } from './ready.js';

@Controller('/hello')
class HelloController {
  @Get() hello() {
    return { hello: 'world' };
  }
}

@Module({ providers: [HelloController] })
class AppModule {}

const app = await bootstrap(AppModule, { logger: false });
const { port } = await app.listen(0, '127.0.0.1');
ready({ port });
