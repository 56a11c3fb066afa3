// Modules from outside: what they give, what they keep, and what a test puts in its place.
import { inject, Module, Service } from 'specter-runtime';
import { mock, testApplication } from 'specter-runtime/testing';
import { AppModule } from './house.js';
import { CHANNEL, HOUSE, Notifier, NotifyModule, Wording } from './notify-module.js';

test('a notice goes to every channel, in the words of the module', async () => {
  const printed = jest.spyOn(console, 'log').mockImplementation();
  const app = await testApplication(AppModule).start();
  await app.clock.advance(3000);
  expect(printed.mock.calls.flat()).toEqual([
    '[screen] Lane 7: somebody is at the door',
    '[speaker] LANE 7: SOMEBODY IS AT THE DOOR',
  ]);
  await app.stop();
  printed.mockRestore();
});

test('the same module with other options and another channel', async () => {
  const sent: string[] = [];
  const channel = { send: (text: string) => void sent.push(text) };
  @Module({
    imports: [NotifyModule.with({ house: 'Harbour' })],
    providers: [{ provide: CHANNEL, useValue: channel, multi: true }],
  })
  class OtherHouse {}

  const app = await testApplication(OtherHouse).start();
  app.get(Notifier).notify('hello');
  expect(sent).toEqual(['Harbour: hello']);
  await app.stop();
});

test('a test puts a recording stub in the place of a service, and another value in the place of an option', async () => {
  const notifier = mock(Notifier);
  const app = await testApplication(AppModule).override(Notifier).useValue(notifier).start();
  await app.clock.advance(6000);
  expect(notifier.notify.calls).toEqual([['somebody is at the door'], ['somebody is at the door']]);
  await app.stop();

  const other = await testApplication(AppModule).override(HOUSE).useValue('Tent').start();
  expect(other.get(Wording).of('hello')).toBe('Tent: hello');
  await other.stop();
});

test('what a module does not export cannot be asked for: the error names both modules', async () => {
  @Service()
  class Nosy {
    readonly wording = inject(Wording);
  }
  @Module({ imports: [AppModule], providers: [Nosy] })
  class NosyModule {}

  const start = testApplication(NosyModule, { logger: false }).start();
  await expect(start).rejects.toThrow(/SPECTER_NOT_EXPORTED.*NosyModule.*Wording.*NotifyModule/);
});
