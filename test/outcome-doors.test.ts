// An outcome at each door: its value or its problem goes out, and what was behind a 500 is reported there, and only there.
import {
  Action,
  Controller,
  Get,
  type LifecycleEvent,
  Module,
  On,
  Operation,
  OperationError,
  Queue,
  QueueService,
} from '../src/index.js';
import { type TestApplication, testApplication } from '../src/testing/index.js';

const SECRET = 'hunter2';

class Lend extends Operation<string, string> {
  protected perform(film: string) {
    if (film === 'lent') throw new OperationError('It is lent.', { status: 409, meta: { by: SECRET } });
    if (film === 'broken') throw new Error(SECRET);
    return `${film} until tomorrow`;
  }
}
const lend = new Lend();

@Controller('/films')
class FilmController {
  @Get('/good') good() {
    return lend.run('good');
  }
  @Get('/lent') lent() {
    return lend.run('lent');
  }
  @Get('/broken') broken() {
    return lend.run('broken');
  }
  @On('lend', { type: String }) hear(film: string) {
    return lend.run(film);
  }
  @Action({ type: String }) lend(film: string) {
    return lend.run(film);
  }
}

@Queue({ name: 'lending', type: String, attempts: 1 })
class Lending extends QueueService<string, string> {
  protected handle({ data }: { data: string }) {
    return lend.run(data);
  }
}

@Module({ providers: [FilmController, Lending] })
class App {}

type Door = (app: TestApplication, film: string) => Promise<unknown>;
const DOORS: [string, Door, string][] = [
  ['an HTTP route', async (app, film) => (await app.http.get(`/films/${film}`)).text, 'http-failed'],
  ['a socket event', async (app, film) => (await app.socket()).emitWithAck('lend', film), 'socket-failed'],
  [
    'an action',
    async (app, film) =>
      (await app.http.post('/actions/film.lend').send(`"${film}"`).set('Content-Type', 'application/json')).body,
    'action-failed',
  ],
  [
    'a job',
    async (app, film) => (await app.get(Lending).enqueue(film)).done().catch(({ problem }) => problem),
    'job-failed',
  ],
];

describe.each(DOORS)('%s', (_, door, failure) => {
  let app: TestApplication;
  const failures: LifecycleEvent[] = [];
  beforeEach(async () => {
    failures.length = 0;
    app = await testApplication(App, { logger: false }).start();
    app.events.onFailure((event) => void failures.push(event));
  });
  afterEach(() => app.stop());

  test('gives the value of a success', async () => {
    expect(JSON.stringify(await door(app, 'good'))).toContain('good until tomorrow');
    expect(failures).toEqual([]);
  });

  test('gives the problem of a failure, and nothing else of it', async () => {
    const text = JSON.stringify(await door(app, 'lent'));
    expect(text).toContain('It is lent.');
    expect(text).not.toContain(SECRET);
  });

  // Tried: with `new ProblemError(outcome.error)` instead of unwrap(), and with an action that answers a failed outcome unasked.
  test('gives a 500 that tells nothing for any other error, and reports what was behind it', async () => {
    const text = JSON.stringify(await door(app, 'broken'));
    expect(text).toMatch(/status\\?":500/);
    expect(text).not.toContain(SECRET);
    expect(failures).toMatchObject([{ type: failure, error: { cause: { message: SECRET } } }]);
  });
});
