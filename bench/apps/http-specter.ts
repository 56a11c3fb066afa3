// HTTP: specter-runtime.
import { Body, bootstrap, Controller, Get, Module, Param, Post, Status } from 'specter-runtime';
import { CreateUser, created } from './create-user.js';
import { addExtraRoutes } from './extra-routes.js';
import { answerParent, ready } from './ready.js';

@Controller()
class BenchController {
  @Get('/hello') hello() {
    return { hello: 'world' };
  }

  @Get('/users/:id/posts/:postId') post(@Param('id') id: string, @Param('postId') postId: string) {
    return { id, postId };
  }

  @Post('/users') @Status(201) create(@Body() user: CreateUser) {
    return created(user);
  }
}

addExtraRoutes(BenchController.prototype, Get as never);

@Module({ providers: [BenchController] })
class AppModule {}

answerParent();
const app = await bootstrap(AppModule, { logger: false });
const { port } = await app.listen(0, '127.0.0.1');
ready({ port });
