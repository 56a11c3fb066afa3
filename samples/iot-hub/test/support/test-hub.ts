// testHub: the whole hub inside a test, with devices and time that the test makes up.
import { type TestApplication, type TestOptions, testApplication } from 'specter-runtime/testing';
import { IotHub } from '../../src/iot-hub.js';
import { Links } from '../../src/links/link.js';
import { Terminal } from '../../src/screen/terminal.js';
import { FakeLinks } from './fake-links.js';
import { FakeTerminal } from './fake-terminal.js';

export interface TestHub {
  readonly app: TestApplication;
  readonly links: FakeLinks;
  readonly terminal: FakeTerminal;
}

export interface TestHubOptions extends TestOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly isScreen?: boolean;
}

export async function testHub({ env, isScreen, ...options }: TestHubOptions = {}): Promise<TestHub> {
  const links = new FakeLinks();
  const terminal = new FakeTerminal(isScreen);
  const variables = { IOT_DEVICES: '4', IOT_INTERVAL: '60000', ...env };
  const app = await testApplication(IotHub, { logger: false, ...options, env: variables })
    .override(Links).useValue(links)
    .override(Terminal).useValue(terminal)
    .start(); // biome-ignore format: a list
  await app.clock.settle();
  return { app, links, terminal };
}
