import 'reflect-metadata';
import { IsString } from 'class-validator';
import { Action } from '../../src/actions/action.js';
import { Module } from '../../src/app/module.js';
import { Service } from '../../src/app/service.js';
import { Controller, Get } from '../../src/http/controller.js';
import { Guard } from '../../src/http/guard.js';
import { Session } from '../../src/http/parameters.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { Handler, On, Topic } from '../../src/sockets/handler.js';
import { SocketIngress } from '../../src/sockets/ingress.js';
import { Sockets } from '../../src/sockets/sender.js';
import { testApplication } from '../../src/testing/test-application.js';
import { next } from '../sockets/stage.js';

class Say {
  @IsString() text!: string;
}

@Service()
class Bell extends Lifecycle {
  constructor(
    private readonly sockets: Sockets,
    private readonly ingress: SocketIngress,
  ) {
    super();
  }

  protected override onStart() {
    this.ingress.subscribe('ring', () => this.sockets.emit('rang', 1), { owner: this });
  }
}

@Handler()
class Chat {
  constructor(private readonly sockets: Sockets) {}

  @On('say') say(dto: Say) {
    this.sockets.emit('said', dto, { topic: 'room:1' });
    return { ok: true };
  }

  @Topic('room:*') room(_: string) {
    return true;
  }
}

@Controller('/todos')
class TodoController {
  @Get() list() {
    return [1];
  }

  @Action() add(dto: Say, @Session() session: Session) {
    return [dto.text, session.id];
  }
}

test('in a whole application handlers, topics, actions and free subscriptions are joined, guarded, and gone at its end', async () => {
  const asked: string[] = [];
  @Guard((call) => asked.push(call.kind) > 0)
  @Module({ providers: [Chat, TodoController, Bell] })
  class App {}
  const who = { session: () => ({ id: 'ada', data: undefined }) };
  const app = await testApplication(App as never, { http: who, sockets: who }).start();
  try {
    const socket = await app.socket();
    expect(await socket.emitWithAck('topic:join', 'room:1')).toEqual({ ok: true });
    const said = next(socket, 'said');
    expect(await socket.emitWithAck('say', { text: 'hi' })).toEqual({ ok: true });
    expect(await said).toEqual({ text: 'hi' });
    const outcome = { ok: true, status: 200, value: ['milk', 'ada'] };
    expect(await socket.emitWithAck('action', 'todo.add', { text: 'milk' })).toEqual(outcome);
    await app.http.post('/actions/todo.add').send({ text: 'milk' }).expect(200, outcome);
    await app.http.get('/todos').expect(200);
    const rang = next(socket, 'rang');
    socket.emit('ring');
    expect(await rang).toBe(1);
    expect(asked).toEqual(['connection', 'topic', 'event', 'action', 'action', 'http', 'event']);
  } finally {
    await app.stop();
  }
});

test('an application whose services only emit lets clients connect', async () => {
  @Service()
  class Weather {
    constructor(readonly sockets: Sockets) {}
  }
  @Module({ providers: [Weather] })
  class App {}
  const app = await testApplication(App).start();
  try {
    const socket = await app.socket();
    const told = next(socket, 'rain');
    app.get(Weather).sockets.emit('rain', true);
    expect(await told).toBe(true);
  } finally {
    await app.stop();
  }
});

describe('refetch() names an action', () => {
  @Service()
  class Machines extends Lifecycle {
    constructor(readonly sockets: Sockets) {
      super();
    }
    protected override onStart() {
      this.sockets.refetch('machine.list');
    }
  }
  @Controller()
  class MachineController {
    constructor(readonly machines: Machines) {}
    @Action() list() {
      return [1];
    }
    @Action({ defer: true }) clean() {}
  }
  @Module({ providers: [MachineController, Machines] })
  class App {}

  // Teeth: without the check each misspelt name goes out to clients that do not know it (tried).
  test('that there is, also a deferred one, also before its controller has started; any other is refused with the nearest', async () => {
    const app = await testApplication(App).start();
    try {
      const { sockets } = app.get(Machines);
      const told = next(await app.socket(), 'action:refetch');
      sockets.refetch('machine.clean');
      expect(await told).toEqual({ action: 'machine.clean' });
      const message =
        'sockets.refetch() names the action "machine.lst", which there is not: no client could call it. Did you mean machine.list?';
      expect(() => sockets.refetch('machine.lst')).toThrow(
        expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT', message }),
      );
      expect(() => sockets.refetch('lamp')).toThrow('There are: machine.list, machine.clean.');
      await app.restart(MachineController);
      expect(() => sockets.refetch('machine.list')).not.toThrow();
    } finally {
      await app.stop();
    }
  });

  test('that nobody has brought by the end of the start: the start fails', async () => {
    @Service()
    class Eager extends Lifecycle {
      constructor(readonly sockets: Sockets) {
        super();
      }
      protected override onStart() {
        this.sockets.refetch('machine.lst');
      }
    }
    @Module({ providers: [MachineController, Machines, Eager] })
    class Misspelt {}
    const starting = testApplication(Misspelt, { logger: false }).start();
    await expect(starting).rejects.toThrow('Did you mean machine.list?');
  });

  test('of its own making where the application has no actions', async () => {
    @Module({ providers: [Machines] })
    class Plain {}
    const app = await testApplication(Plain).start();
    expect(() => app.get(Machines).sockets.refetch('anything')).not.toThrow();
    await app.stop();
  });
});
