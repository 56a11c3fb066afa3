// Start-up: NestJS on Fastify, one controller.
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ready } from './ready.js';

@Controller('hello')
class HelloController {
  @Get() hello() {
    return { hello: 'world' };
  }
}

@Module({ controllers: [HelloController] })
class AppModule {}

const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
ready({ port: (app.getHttpServer().address() as AddressInfo).port });
