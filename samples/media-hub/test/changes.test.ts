// What happens, as server-sent events.

import { until } from '../../../test/until.js';
import { type TestHub, testHub } from './support/test-hub.js';

describe('the stream of changes', () => {
  let hub: TestHub;
  afterEach(() => hub?.app.stop());

  it('tells what changes, and forgets a client that has gone', async () => {
    hub = await testHub();
    const before = hub.app.bus.listenerCount('library:changed');
    const client = new AbortController();
    const response = await fetch(`${hub.app.url}/changes`, { signal: client.signal });
    const listening = () => hub.app.bus.listenerCount('library:changed') === before + 1;
    await until('somebody listens', listening);
    hub.folder.show({ 'a.mp3': 1 });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('a.mp3')) text += (await reader?.read())?.value ?? '';
    expect(text).toMatch(/event: library\ndata: \{"changes":\[\{"what":"added",/);
    client.abort();
    await until('nobody listens any more', () => !listening());
  });
});
