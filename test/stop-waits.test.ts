// What the log says while a stop waits, so that it does not look like one that hangs.
import { io, type Socket } from 'socket.io-client';
import {
  Action,
  type Application,
  Controller,
  createApplication,
  Get,
  Handler,
  Lifecycle,
  Module,
  On,
  Queue,
  QueueService,
  Service,
} from '../src/index.js';
import { Gate } from './queue/stage.js';
import { until } from './until.js';

let gate: Gate;
let begun: string[];
let app: Application;
let url: string;
let client: Socket | undefined;
let log: string[];

const work = (what: string) => {
  begun.push(what);
  return gate.promise;
};

@Controller('/slow')
class SlowController {
  @Get() read() {
    return work('request');
  }
  @Action() save() {
    return work('action');
  }
  @Action({ defer: true }) report() {
    return work('job');
  }
}

@Handler()
class SlowHandler {
  @On('ask') ask() {
    return work('event');
  }
}

@Queue({ type: String })
class Mails extends QueueService<string, void> {
  handle() {
    return work('mail');
  }
}

@Service()
class Disk extends Lifecycle {
  protected override onStop() {
    return work('disk');
  }
}

async function start(...providers: (new (...given: never[]) => object)[]) {
  [gate, begun, log] = [new Gate(), [], []];
  @Module({ providers })
  class App {}
  app = createApplication(App, { logger: false, env: {} });
  url = (await app.listen(0)).url;
  app.events.on('*', (event) => void log.push(app.events.wordingOf(event).text));
}

async function connected(): Promise<Socket> {
  const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false });
  client = socket;
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return socket;
}

const told = () => log.filter((line) => line.startsWith('Still stopping'));

afterEach(async () => {
  gate.resolve();
  client?.disconnect();
  await app.stop();
});

// Teeth: the log said "no new connections, 0 requests in flight", and nothing more until the deadlines (tried).
test('a stop that waits for more than a second says for whom: requests, socket events, actions, jobs, by name', async () => {
  await start(SlowController, SlowHandler);
  const asking = await connected();
  const answers = [asking.emitWithAck('ask'), asking.emitWithAck('ask'), fetch(`${url}/slow`)];
  answers.push(asking.emitWithAck('action', 'slow.save'), asking.emitWithAck('action', 'slow.report'));
  await until('all have begun', () => begun.length === 5);
  const stopping = app.stop();
  await until('it is told', () => told().length > 0);
  gate.resolve();
  await Promise.all([...answers, stopping]);
  expect(told()).toEqual([
    'Still stopping after 1 s, waiting for requests: GET /slow (SlowController); socket events: 2 × "ask" of SlowHandler; actions: slow.save; jobs of actions: slow.report',
  ]);
});

test('so does one that waits for services: who is stopping, and its jobs', async () => {
  await start(Mails, Disk);
  const { id } = await app.get(Mails).enqueue('a');
  await until('it has begun', () => begun.length === 1);
  const stopping = app.stop();
  await until('it is told', () => told().length > 0);
  gate.resolve();
  await stopping;
  expect(told()).toHaveLength(1);
  expect(told()[0]).toMatch(/^Still stopping after 1 s, waiting for services: .*/);
  expect(told()[0]).toContain(`Mails (job ${id})`);
  expect(told()[0]).toContain('Disk');
});

test('what is under way is in the event as data, and a stop that does not wait tells nothing', async () => {
  await start(SlowHandler);
  const asking = await connected();
  void asking.emitWithAck('ask').catch(() => {});
  await until('it has begun', () => begun.length === 1);
  const stopping = app.stop();
  const event = await new Promise((resolve) => void app.events.on('app-waiting', resolve));
  gate.resolve();
  await stopping;
  const nothing = { requests: [], actions: [], jobs: [], services: [] };
  expect(event).toMatchObject({ ...nothing, events: ['"ask" of SlowHandler'], duration: expect.any(Number) });

  await start(SlowHandler);
  await app.stop();
  expect(told()).toEqual([]);
});
