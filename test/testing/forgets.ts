// A program without a test runner: a client waits for an answer that takes its time, and then the application is forgotten.
import { Handler, Module, On } from '../../src/index.js';
import { systemClock } from '../../src/kernel/clock.js';
import { testApplication } from '../../src/testing/index.js';

@Handler()
class Slow {
  @On('ask') async ask() {
    await systemClock.sleep(100);
    return 42;
  }
}

@Module({ providers: [Slow] })
class App {}

const app = await testApplication(App).start();
const socket = await app.socket();
console.log(`answered ${await socket.emitWithAck('ask')}`);
