// NestJS: the module and the pipe of both its servers, with the ValidationPipe set as strict as the others are.
import 'reflect-metadata';
import { Body, Controller, Get, type INestApplication, Module, Param, Post, ValidationPipe } from '@nestjs/common';
import { CreateUser, created } from './create-user.js';
import { addExtraRoutes } from './extra-routes.js';
import { ready } from './ready.js';

@Controller()
class BenchController {
  @Get('/hello') hello() {
    return { hello: 'world' };
  }

  @Get('/users/:id/posts/:postId') post(@Param('id') id: string, @Param('postId') postId: string) {
    return { id, postId };
  }

  @Post('/users') create(@Body() user: CreateUser) {
    return created(user);
  }
}

addExtraRoutes(BenchController.prototype, Get);

@Module({ controllers: [BenchController] })
export class AppModule {}

/** Opens a port, and says so. */
export async function serve(app: INestApplication): Promise<void> {
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  await app.listen(0, '127.0.0.1');
  ready({ port: app.getHttpServer().address().port });
}
