// Sockets: specter-runtime with all limits on, as high as a benchmark needs them. `dto`: payloads have rules.
import { bootstrap, Handler, type InputType, Module, On, Sockets, Topic, unchecked } from 'specter-runtime';
import { answerParent, ready } from './ready.js';
import { ROOM, Say } from './say.js';

const type: InputType = process.argv[2] === 'dto' ? Say : unchecked;

@Handler()
class BenchHandler {
  constructor(private readonly sockets: Sockets) {}

  @On('echo', { type }) echo(said: unknown) {
    return said;
  }

  @On('shout', { type }) shout(said: unknown) {
    this.sockets.emit('shouted', said, { topic: ROOM });
    return { ok: true };
  }

  @Topic('room:*') mayJoin() {
    return true;
  }
}

@Module({ providers: [BenchHandler] })
class AppModule {}

answerParent();
const app = await bootstrap(AppModule, {
  logger: false,
  sockets: { rate: { perSecond: 1e6, burst: 1e6 }, maxConnectionsPerAddress: 10_000 },
});
const { port } = await app.listen(0, '127.0.0.1');
ready({ port });
