// Who is here.

import { until } from '../../../test/until.js';
import type { Person } from '../src/presence/presence-handler.js';
import { type TestHub, testHub } from './support/test-hub.js';

describe('presence', () => {
  let hub: TestHub;
  afterEach(() => hub.app.stop());

  it('shows everybody by the name they gave, until they leave', async () => {
    hub = await testHub();
    let people: Person[] = [];
    const ada = await hub.app.socket();
    ada.on('presence', (now) => {
      people = now;
    });
    expect(await ada.emitWithAck('hello', { name: 'Ada' })).toEqual({ people: 1 });
    const grace = await hub.app.socket();
    expect(await grace.emitWithAck('hello', { name: 'Grace' })).toEqual({ people: 2 });
    await until('both are shown', () => people.map(({ name }) => name).join() === 'Ada,Grace');
    grace.disconnect();
    await until('one has left', () => people.length === 1);
  });

  it('refuses a name that is none', async () => {
    hub = await testHub();
    const socket = await hub.app.socket();
    for (const payload of [
      {},
      { name: '' },
      { name: 7 },
      { name: 'x'.repeat(41) },
      null,
      { name: 'Ada', admin: true },
    ]) {
      expect(await socket.emitWithAck('hello', payload)).toMatchObject({ error: { status: 422 } });
    }
  });
});
