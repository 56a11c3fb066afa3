// Start-up: NestJS on Express, one controller.
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ready } from './ready.js';

@Controller('hello')
class HelloController {
  @Get() hello() {
    return { hello: 'world' };
  }
}

@Module({ controllers: [HelloController] })
class AppModule {}

const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
ready({ port: (app.getHttpServer().address() as AddressInfo).port });
