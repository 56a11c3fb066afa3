// What can never work is refused where it is said, not where it would be missed.
import { checkSocketOptions } from '../../src/sockets/check-options.js';
import { Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await new Stage().open();
});
afterAll(() => stage.close());

const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT', message: expect.stringMatching(message) });

// Teeth: it was only told when the first client came, as "fn is not a function" (tried).
test.each<[string, (stage: Stage) => unknown, RegExp]>([
  ['subscribe', ({ server }) => server.ingress.subscribe('x', undefined as never), /subscribe\(\) of "x": .* a function, got undefined/],
  ['subscribe without a name', ({ server }) => server.ingress.subscribe(undefined as unknown as string, () => 1), /the name of an event, got undefined/],
  ['subscribe in no namespace', ({ server }) => server.ingress.subscribe('x', () => 1, { namespace: 5 as never }), /begins with a slash/],
  ['onError', ({ server }) => server.ingress.onError(5 as never), /onError\(\): expected a function, got 5 \(number\)/],
  ['onJoin', ({ server }) => server.presence.onJoin(5 as never), /onJoin\(\): expected a function, got 5 \(number\)/],
  ['onLeave', ({ server }) => server.presence.onLeave(undefined as never), /onLeave\(\): expected a function, got undefined/],
])('%s refuses what it could never call at once', (_, call, message) => {
  expect(() => call(stage)).toThrow(refused(message));
}); // biome-ignore format: one line each

// Teeth: a raw TypeError, or nobody at all was reached without a word (tried).
test.each<[string, (stage: Stage) => unknown, RegExp]>([
  ['emit to a number', ({ server }) => server.sender.emit('x', 1, { session: 5 as never }), /emit\(\), session: expected a session/],
  ['emit to a session without id', ({ server }) => server.sender.emit('x', 1, { session: {} as never }), /emit\(\), session: expected a session/],
  ['emit except undefined', ({ server }) => server.sender.emit('x', 1, { except: [undefined as never] }), /emit\(\), except: expected a session, or its id, got undefined/],
  ['emit to a topic without a name', ({ server }) => server.sender.emit('x', 1, { topic: '' }), /emit\(\), topic: expected the name of a topic/],
  ['refetch except null', ({ server }) => server.sender.refetch('x', { except: ['a', null as never] }), /refetch\(\), except: expected a session/],
  ['join nobody', ({ server }) => server.sender.join(undefined as never, 'room'), /join\(\): expected a session/],
  ['join nothing', ({ server }) => server.sender.join('ada', undefined as never), /join\(\): expected the name of a topic/],
  ['leave nothing', ({ server }) => server.sender.leave('ada', 5 as never), /leave\(\): expected the name of a topic/],
  ['presence of nobody', ({ server }) => server.presence.has(undefined as never), /has\(\): expected a session/],
])('%s is refused', (_, call, message) => {
  expect(() => call(stage)).toThrow(refused(message));
}); // biome-ignore format: one line each

test.each([undefined, null, 5, {}])('a request to %p rejects, and says what it needs', async (session) => {
  const asking = stage.server.sender.request(session as never, 'volume?');
  await expect(asking).rejects.toEqual(refused(/request\(\), session: expected a session, or its id/));
});

test('an except that is empty, or undefined, leaves nobody out', () => {
  const { sender } = stage.server;
  for (const except of [undefined, []]) expect(() => sender.emit('x', 1, { except } as never)).not.toThrow();
});

test('sockets.cors is refused with what it is called here', () => {
  expect(() => checkSocketOptions({ cors: { origin: '*' } } as never)).toThrow(
    refused(
      /has the option cors, which nobody reads\. Whose pages may connect is the option sockets\.origins; .* http\.cors/,
    ),
  );
  expect(() => checkSocketOptions({ originss: '*' } as never)).toThrow(refused(/Did you mean origins\?/));
});
