import { Module } from '../../src/app/module.js';
import { Controller, Get } from '../../src/http/controller.js';
import type { HttpOptions } from '../../src/http/options.js';
import type { Logger } from '../../src/observability/logger.js';
import { testApplication } from '../../src/testing/index.js';

@Controller('/films')
class Films {
  @Get('/:id') show() {
    return 'film';
  }
}

@Module({ providers: [Films] })
class AppModule {}

function recorder(least: 'debug' | 'info'): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (_fields: object, text: string) => void lines.push(`${level} ${text}`);
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
  const methods = Object.fromEntries(levels.map((level) => [level, at(level)]));
  const isLevelEnabled = (level: string) => levels.indexOf(level as 'debug') >= levels.indexOf(least);
  return { logger: { ...methods, isLevelEnabled } as Logger, lines };
}

async function linesWith(http: HttpOptions, least: 'debug' | 'info'): Promise<string[]> {
  const { logger, lines } = recorder(least);
  const app = await testApplication(AppModule, { logger, http: { health: true, ...http } }).start();
  await app.http.get('/films/7?secret=1').expect(200);
  await app.http.get('/health/live').expect(200);
  await app.http.get('/nowhere').expect(404);
  await app.stop();
  return lines.filter((line) => / (?:answered|left) /.test(line)).map((line) => line.replace(/in .* ms/, 'in N ms'));
}

test('each request is told at debug', async () => {
  expect(await linesWith({}, 'debug')).toEqual([
    'debug GET /films/:id answered 200 in N ms',
    'debug GET /health/live answered 200 in N ms',
    'debug GET an unknown path "/nowhere" answered 404 in N ms',
  ]);
  expect(await linesWith({}, 'info')).toEqual([]);
});

test('with http.log each request is told at info, but not those that look whether all is well', async () => {
  expect(await linesWith({ log: true }, 'info')).toEqual([
    'info GET /films/:id answered 200 in N ms',
    'info GET an unknown path "/nowhere" answered 404 in N ms',
  ]);
});

test.each([
  ['info', {}, false],
  ['debug', {}, true],
  ['info', { log: true }, true],
] as const)('a logger at %s with %j hears of requests: %s', async (least, http, hears) => {
  const app = await testApplication(AppModule, {
    logger: recorder(least).logger,
    http: { health: true, ...http },
  }).start();
  await app.http.get('/health/live').expect(200);
  expect(app.events.has('http-request')).toBe(hears);
  await app.stop();
});
