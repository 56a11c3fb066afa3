import { Controller, Get, Post } from '../../src/http/controller.js';
import { TooManyRequests } from '../../src/http/errors.js';
import {
  type Call,
  Guard,
  type GuardFunction,
  type Guarding,
  type GuardLike,
  guardClassesOf,
  guardsOf,
  passGuards,
  resolveGuards,
} from '../../src/http/guard.js';
import { Body } from '../../src/http/parameters.js';
import type { Class } from '../../src/kernel/token.js';
import { serve } from './harness.js';

const log: string[] = [];
const say =
  (name: string, answer: unknown = true): GuardFunction =>
  () => {
    log.push(name);
    return answer as boolean;
  };

beforeEach(() => void log.splice(0));

class Door {
  open = true;
  check(call: Call) {
    log.push(`door ${call.kind}`);
    return this.open;
  }
}

test('guards run from the outermost inwards: application, root module, controller, method', async () => {
  @Guard(say('root'))
  class Root {}
  @Controller()
  @Guard(say('class 1'), say('class 2'))
  @Guard(say('class 3'))
  class Guarded {
    @Get('/a') @Guard(say('method 1')) @Guard(say('method 2'), Door) a() {
      log.push('method');
    }
  }
  const app = await serve([new Guarded()], { root: Root, guards: [say('app')] as never, providers: [new Door()] });
  expect((await app.fetch('/a')).status).toBe(204);
  expect(log).toEqual(['app', 'root', 'class 1', 'class 2', 'class 3', 'method 1', 'method 2', 'door http', 'method']);
});

test.each([
  ['false', false],
  ['nothing', undefined],
  ['a word', 'yes'],
  ['a promise of false', Promise.resolve(false)],
])('a guard that answers %s ends in 403, and neither validation nor the method runs', async (_what, answer) => {
  const no = () => {
    log.push('no');
    return answer as boolean;
  };
  @Controller()
  class Guarded {
    @Post('/a') @Guard(no, say('after')) a(@Body(String) _text: string) {
      log.push('method');
    }
  }
  const app = await serve([new Guarded()]);
  const response = await app.fetch('/a', { method: 'POST', body: 'not JSON' });
  expect([response.status, ((await response.json()) as { title: string }).title, log]).toEqual([
    403,
    'Forbidden',
    ['no'],
  ]);
});

describe('what a guard has refused', () => {
  const call = {} as Call;
  const refusal = (guard: GuardFunction) => passGuards([guard], call).catch((error: Error) => error);
  const asked = (target: Class<Guarding>) => resolveGuards([target], { get: () => new target() as never })[0]!;

  // Teeth: it used to be "Forbidden", and a guard that forgets to return looked like one that says no (tried).
  test('is told to the log with the name of the guard, and with what it gave where that was no answer', async () => {
    const isBoss = (() => undefined) as unknown as GuardFunction;
    expect(await refusal(isBoss)).toMatchObject({
      message: 'The guard isBoss gave undefined, and only true lets a call pass.',
    });
    expect(await refusal(() => false)).toMatchObject({ message: 'A guard said no.' });
    class Shut {
      check = () => false;
    }
    expect(await refusal(asked(Shut))).toMatchObject({ message: 'The guard Shut said no.' });
  });

  test('is no more than a 403 for its client, and repeats nothing that a client may have sent', async () => {
    const secret = (() => 'a secret') as unknown as GuardFunction;
    expect(await refusal(secret)).toMatchObject({
      message: 'The guard secret gave string, and only true lets a call pass.',
      problem: { type: 'about:blank', title: 'Forbidden', status: 403 },
    });
  });
});

test('a guard can answer with an error of its own', async () => {
  @Controller()
  class Guarded {
    @Get('/a')
    @Guard(() => {
      throw new TooManyRequests('Slow down.', { headers: { 'Retry-After': '3' } });
    })
    a() {}
  }
  const app = await serve([new Guarded()]);
  const response = await app.fetch('/a');
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
});

test('a guard sees the request, the controller and the method', async () => {
  const seen = new Map<string, unknown>();
  @Controller()
  @Guard((call) => Boolean(seen.set('call', call)))
  class Guarded {
    @Get('/a') a() {}
  }
  const app = await serve([new Guarded()]);
  await app.fetch('/a?x=1&x=2', { headers: { 'x-y': 'z' } });
  expect(seen.get('call')).toMatchObject({
    kind: 'http',
    headers: { 'x-y': 'z' },
    query: { x: ['1', '2'] },
    ip: '127.0.0.1',
    session: undefined,
    payload: undefined,
    controller: Guarded,
    method: 'a',
    ctx: { path: '/a' },
  });
});

test('overriding a method loses none of its guards', () => {
  const one = say('1');
  const two = say('2');
  class Base {
    @Guard(one) a() {}
  }
  class Derived extends Base {
    @Guard(two) override a() {}
  }
  expect(guardsOf(Derived, 'a')).toEqual([one, two]);
  expect(guardsOf(Base, 'a')).toEqual([one]);
});

test('guard classes are known before anything is made, and one without check() is told so', async () => {
  class Fields {
    check = () => true;
  }
  class Empty {}
  @Guard(Door)
  class Guarded {
    @Guard(Fields as GuardLike, Door, say('fn')) a() {}
  }
  expect(guardClassesOf(Guarded)).toEqual([Door, Fields]);
  const parts = { get: (token: unknown) => new (token as new () => object)() } as never;
  await passGuards(resolveGuards([Fields as GuardLike], parts), {} as Call);
  expect(() => resolveGuards([Empty as unknown as GuardLike], parts)).toThrow(
    expect.objectContaining({
      code: 'SPECTER_INVALID_ROLE',
      message: expect.stringContaining('Empty is used as a guard'),
    }),
  );
});
