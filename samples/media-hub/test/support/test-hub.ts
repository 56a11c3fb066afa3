// testHub: the whole hub inside a test, on a folder, a disk, checksums and facts that the test makes up.
import { type TestApplication, type TestOptions, testApplication } from 'specter-runtime/testing';
import { BuiltFiles } from '../../src/built-files.js';
import { Digester } from '../../src/library/digester.js';
import type { Item } from '../../src/library/item.js';
import { MediaFolder } from '../../src/library/media-folder.js';
import { MediaHub } from '../../src/media-hub.js';
import { FactFinder } from '../../src/metadata/fact-finder.js';
import { type SystemReading, SystemWatch } from '../../src/system/system-watch.js';
import type { BuiltHub } from './built-hub.js';
import { FakeDigester } from './fake-digester.js';
import { FakeFactFinder } from './fake-fact-finder.js';
import { FakeFolder } from './fake-folder.js';
import { FakeWatch } from './fake-watch.js';

export interface TestHub {
  readonly app: TestApplication;
  readonly folder: FakeFolder;
  readonly system: FakeWatch<SystemReading>;
  readonly digester: FakeDigester;
  readonly finder: FakeFactFinder;
  /** What the list shows. */
  list(query?: string): Promise<{ items: Item[]; total: number; page: number; pages: number }>;
  item(path: string): Promise<Item>;
}

/** @param built - brings the page's script; without it there is none */
export async function testHub(
  env: Readonly<Record<string, string>> = {},
  options: TestOptions = {},
  built: Pick<BuiltHub, 'worker' | 'scripts'> = new BuiltFiles(),
): Promise<TestHub> {
  const folder = new FakeFolder();
  const digester = new FakeDigester();
  const finder = new FakeFactFinder();
  const system = new FakeWatch<SystemReading>();
  const app = await testApplication(MediaHub, { ...options, env })
    .override(MediaFolder).useValue(folder)
    .override(SystemWatch).useValue(system)
    .override(Digester).useValue(digester)
    .override(BuiltFiles).useValue(built)
    .override(FactFinder).useValue(finder)
    .start(); // biome-ignore format: a list
  const list = async (query = '') => (await app.http.get(`/library?size=100&${query}`).expect(200)).body;
  const item = async (path: string) => {
    const { items } = await list();
    return items.find((one: Item) => one.path === path) ?? missing(path);
  };
  return { app, folder, system, digester, finder, list, item };
}

function missing(path: string): never {
  throw new Error(`The list does not show ${path}`);
}
