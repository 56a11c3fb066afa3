// What an application is told and cannot be told: options that nobody reads, and values of a wrong kind.
import 'reflect-metadata';
import { IsString } from 'class-validator';
import {
  Action,
  Body,
  Config,
  Controller,
  Cookie,
  createApplication,
  file,
  Get,
  Handler,
  Module,
  On,
  Poll,
  Post,
  Query,
  Service,
  Watch,
  Watcher,
} from '../../src/index.js';
import { rejection } from '../kernel/heard.js';
import { CERTIFICATE, KEY } from './certificate.js';

@Module({ providers: [] })
class Empty {}

function refusal(options: object): string {
  try {
    createApplication(Empty, { logger: false, env: {}, ...options } as never);
  } catch (error) {
    expect(error).toMatchObject({ code: 'SPECTER_INVALID_ARGUMENT' });
    return (error as Error).message;
  }
  return 'nothing';
}

class Dto {
  @IsString() a!: string;
}

// Teeth: an option that is checked by nobody is silently its default, and these are limits of security (tried).
describe('an option that nobody reads', () => {
  test.each<[object, string]>([
    [
      { http: { bodylimit: 5 } },
      'The option http has the option bodylimit, which nobody reads. Did you mean bodyLimit?',
    ],
    [{ http: { allowedhosts: ['a'] } }, 'Did you mean allowedHosts?'],
    [
      { http: { limits: { dept: 5 } } },
      'The option http.limits has the option dept, which nobody reads. Did you mean depth?',
    ],
    [{ http: { compression: { treshold: 5 } } }, 'Did you mean threshold?'],
    [
      { http: { cors: { origin: '*' } } },
      'The option http.cors has the option origin, which nobody reads. Did you mean origins?',
    ],
    [{ http: { tls: { key: KEY, cert: CERTIFICATE, passfrase: 'x' } } }, 'Did you mean passphrase?'],
    [{ sockets: { maxtopics: 3 } }, 'Did you mean maxTopics?'],
    [{ storage: { fil: 'a' } }, 'Did you mean file?'],
    [{ actions: { windw: 4 } }, 'Did you mean window?'],
    [{ http: 'all' }, 'The option http: expected an object with any of health,'],
  ])('%j is refused before anything is made, with the near name', (options, message) => {
    expect(refusal(options)).toContain(message);
  });

  @Controller({ path: '/a' } as never)
  class OddController {
    @Post('/a') a(@Body(Dto, { acept: 'form' } as never) it: Dto) {
      return it;
    }
    @Post('/b') b(@Body(Dto, { limits: { item: 4 } } as never) it: Dto) {
      return it;
    }
    @Get('/c') c(@Query(Dto, { group: ['x'] } as never) it: Dto) {
      return it;
    }
    @Get('/d') d(@Cookie('d', String, { signd: true } as never) it: string) {
      return it;
    }
    @Get('/e') e(@Query(Dto, { groups: 'create' } as never) it: Dto) {
      return it;
    }
    @Action({ idempotnt: true } as never) run() {}
  }
  @Handler({ namspace: '/x' } as never)
  class OddHandler {
    @On('say', { priorty: 5 } as never) say() {}
  }
  @Service({ page: 1 } as never)
  class OddService {}
  @Config({ prefx: 'A_' } as never)
  class OddConfig {
    @IsString() a = '';
  }
  @Watcher({ interval: 5 } as never)
  class OddWatcher extends Watch<number> {
    @Poll(1000, { dedup: true } as never) read() {
      return 1;
    }
  }

  test('of a decorator is a boot error, all of them at once', async () => {
    class App {}
    Module({ providers: [OddController, OddHandler, OddService, OddConfig, OddWatcher] })(App);
    const { message } = await rejection(createApplication(App, { logger: false, env: {} }).start());
    for (const part of [
      'The controller OddController has the option path, which nobody reads.',
      'OddController.a, parameter 1 (@Body) has the option acept, which nobody reads. Did you mean accept?',
      'The limits of OddController.b, parameter 1 (@Body) has the option item, which nobody reads. Did you mean items?',
      'OddController.c, parameter 1 (@Query) has the option group, which nobody reads. Did you mean groups?',
      'OddController.d, parameter 1 (@Cookie) has the option signd, which nobody reads. Did you mean signed?',
      "groups of OddController.e, parameter 1 (@Query): expected a list of their names, as ['create'], got string.",
      '@Action of OddController.run has the option idempotnt, which nobody reads. Did you mean idempotent?',
      'The handler OddHandler has the option namspace, which nobody reads. Did you mean namespace?',
      '@On of OddHandler.say has the option priorty, which nobody reads. Did you mean priority?',
      'The service OddService has the option page, which nobody reads.',
      'The config OddConfig has the option prefx, which nobody reads. Did you mean prefix?',
      'The watcher OddWatcher has the option interval, which nobody reads.',
      'The watcher OddWatcher has the option dedup, which nobody reads. Did you mean dedupe?',
    ])
      expect(message).toContain(part);
  });

  test('of file() is refused where it is called', () => {
    expect(() => file('a.txt', { rot: '/srv' } as never)).toThrow('Did you mean root?');
  });
});

describe('a value of a wrong kind', () => {
  test.each<[object, string]>([
    [{ http: { session: {} } }, 'the option http.session: expected a function of the context, got Object.'],
    [{ http: { etag: 'weak' } }, 'the option http.etag: expected true or false, got "weak".'],
    [{ http: { log: 'debug' } }, 'the option http.log: expected true or false, got "debug".'],
    [{ http: { health: 5 } }, 'the option http.health: expected a path, true or false'],
    [{ http: { compression: 'gzip' } }, 'the option http.compression: expected an object with a threshold'],
    [{ http: { cors: true } }, 'the option http.cors: expected false, or an object'],
    [{ sockets: { session: 'x' } }, 'the option sockets.session: expected a function of the handshake, got "x".'],
    [{ guards: () => true }, 'the option guards: expected a list of guards, as [signedIn]'],
    [{ http: { cors: { origins: [/a/] } } }, 'the option http.cors.origins[0]: expected an origin as text'],
    [
      { http: { cors: { origins: '*', methods: ['get', 'FO O'] } } },
      'the option http.cors.methods[1], "FO O": expected',
    ],
    [
      { http: { trustProxy: ['10.0.0.0/8', 'nginx'] } },
      'the option http.trustProxy[1], "nginx": expected \'loopback\'',
    ],
    [
      { http: { allowedHosts: ['a', 'https://films.example'] } },
      'the option http.allowedHosts[1], "https://films.example"',
    ],
    [{ http: { redirectHosts: ['https://films.example/'] } }, 'the option http.redirectHosts[0]'],
    [{ http: { allowedHosts: [] } }, 'it is empty'],
  ])('%j is refused, and the entry that is wrong is named', (options, message) => {
    expect(refusal(options)).toContain(message);
  });

  // Teeth: unchecked, node says "no start line" when the port is opened (tried).
  test('a path instead of a key is told as one, and the text of a key is never shown', () => {
    expect(refusal({ http: { tls: { key: 'keys/key.pem', cert: CERTIFICATE } } })).toBe(
      "http.tls.key is not PEM; it looks like a path: pass readFileSync('keys/key.pem').",
    );
    expect(refusal({ http: { tls: { key: KEY, cert: Buffer.from('cert') } } })).toBe(
      "http.tls.cert is not PEM, which begins with -----BEGIN: pass readFileSync('cert.pem').",
    );
    expect(refusal({ http: { tls: { key: 'MIIEvQIBADAN/secret', cert: CERTIFICATE } } })).not.toContain('secret');
    expect(refusal({ http: { tls: { key: KEY, cert: CERTIFICATE } } })).toBe('nothing');
  });
});
