// An application under load: work for the processor, work that waits, large responses, event streams and uploads. The first argument is its HTTP options.
import 'reflect-metadata';
import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import {
  bootstrap,
  Controller,
  Ctx,
  Get,
  HttpServer,
  inject,
  Lifecycle,
  Module,
  Post,
  Signal,
} from '../../src/index.js';

const say = (text: string) => process.stdout.write(`${text}\n`);
const { drainDelay = 0, ...http } = JSON.parse(process.argv[2] ?? '{}');

@Controller()
class Work extends Lifecycle {
  @Get('/think') think() {
    const begun = performance.now();
    while (performance.now() - begun < 5);
    return 'thought';
  }
  @Get('/wait') async wait() {
    await this.sleep(300 + Math.random() * 700);
    return 'waited';
  }
  @Get('/quick') quick() {
    return 'quick';
  }
  @Get('/large') large() {
    return Buffer.alloc(50_000_000, 'a');
  }
  @Get('/events') async *stream(@Signal() signal: AbortSignal) {
    for (let count = 0; !signal.aborted; count++) {
      yield count;
      await this.sleep(100);
    }
  }
  @Post('/upload') async upload(@Ctx() ctx: Context) {
    const hash = createHash('sha256');
    for await (const chunk of ctx.req) hash.update(chunk);
    return hash.digest('hex');
  }
  readonly http = inject(HttpServer);
  @Get('/open') open() {
    return { open: this.http.inFlight };
  }
  @Get('/memory') memory() {
    return { rss: process.memoryUsage.rss() };
  }
  protected override async onStop() {
    say('work stopped');
  }
}

@Module({ providers: [Work] })
class App {}

const app = await bootstrap(App, { http, drainDelay, logger: false });
say(`listening ${(await app.listen(0)).port}`);
