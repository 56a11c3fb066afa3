// What can be set from outside, and how the hub says that it is wrong.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testApplication } from 'specter-runtime/testing';
import { databaseFile, environment } from '../src/environment.js';
import { HubConfig } from '../src/hub-config.js';
import { MediaHub } from '../src/media-hub.js';
import { testHub } from './support/test-hub.js';

describe('the configuration', () => {
  it('is complete without any variable, and plays the sample files', async () => {
    const { app } = await testHub();
    expect(app.get(HubConfig)).toMatchObject({
      folder: expect.stringMatching(/media-hub.media$/),
      hashConcurrency: 2,
      pollInterval: 2_000,
    });
    await app.stop();
  });

  it('names everything that is wrong at once, and no values', async () => {
    const env = {
      HUB_FOLDER: '/nowhere/secret',
      HUB_HASH_CONCURRENCY: 'many',
      HUB_POLL_INTERVAL: '1',
      HUB_HASH_CONCURENCY: '3',
    };
    const error: Error = await testApplication(MediaHub, { env })
      .start()
      .then(
        () => new Error('it started'),
        (thrown) => thrown,
      );
    expect(error.message).toContain(
      'HUB_FOLDER is not usable: must be the path of a folder that exists and can be listed',
    );
    expect(error.message).toMatch(/HUB_HASH_CONCURRENCY is not usable/);
    expect(error.message).toMatch(/HUB_POLL_INTERVAL is not usable/);
    expect(error.message).toContain('did you mean HUB_HASH_CONCURRENCY?');
    expect(error.message).not.toMatch(/secret|many/);
  });

  it('takes the folder from the command line, as seen from where the user is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'media-'));
    expect(environment(['films'], { INIT_CWD: folder, HUB_FOLDER: '/elsewhere' }).HUB_FOLDER).toBe(
      join(folder, 'films'),
    );
    expect(environment([], { HUB_FOLDER: '/elsewhere' }).HUB_FOLDER).toBe('/elsewhere');
    rmSync(folder, { recursive: true });
  });

  it('keeps its data where HUB_DATA says', () => {
    expect(databaseFile({ HUB_DATA: '/var/lib/hub' })).toBe('/var/lib/hub/media-hub.sqlite');
  });
});
