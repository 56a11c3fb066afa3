import { Controller, Get, Module } from '../../src/index.js';
import { testApplication } from '../../src/testing/index.js';

jest.mock('supertest', () => {
  throw new Error("Cannot find module 'supertest'");
});

@Controller('/x')
class X {
  @Get('/') read() {
    return 1;
  }
}
@Module({ providers: [X] })
class App {}

test('app.http without supertest is SPECTER_MISSING_PACKAGE, with the line that cures it', async () => {
  const app = await testApplication(App).start();
  expect(() => app.http).toThrow(
    expect.objectContaining({
      code: 'SPECTER_MISSING_PACKAGE',
      message: expect.stringContaining('npm install --save-dev supertest'),
    }),
  );
  await app.stop();
});
