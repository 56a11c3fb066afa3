// HTTP: NestJS on Express, with its ValidationPipe set as strict as the others are.
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Body, Controller, Get, Module, Param, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
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

  @Post('/users') create(@Body() user: CreateUser) {
    return created(user);
  }
}

addExtraRoutes(BenchController.prototype, Get);

@Module({ controllers: [BenchController] })
class AppModule {}

answerParent();
const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: false });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
await app.listen(0, '127.0.0.1');
ready({ port: (app.getHttpServer().address() as AddressInfo).port });
