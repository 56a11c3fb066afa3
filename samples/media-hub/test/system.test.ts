// How the disk and the machine are.
import { type TestHub, testHub } from './support/test-hub.js';

describe('the system', () => {
  let hub: TestHub;
  beforeEach(async () => {
    hub = await testHub();
  });
  afterEach(() => hub.app.stop());

  it('is told to every client when it changes, and to whoever asks', async () => {
    const socket = await hub.app.socket();
    const told = new Promise((resolve) => socket.once('system', resolve));
    const reading = { free: 2e9, total: 1e10, load: 0.5 };
    hub.system.tell(reading);
    expect(await told).toEqual(reading);
    const { body } = await hub.app.http.get('/system').expect(200);
    expect(body).toMatchObject({ disk: reading, folder: { status: 'up' } });
  });

  it('is unknown before the first reading', async () => {
    const { body } = await hub.app.http.get('/system').expect(200);
    expect(body.disk).toBeNull();
  });
});
