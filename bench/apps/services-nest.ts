// Boot of many services: NestJS without any HTTP platform. The module with the classes is the only argument.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ready } from './ready.js';

const { services, started } = await import(process.argv[2] as string);
const begun = performance.now();

@Module({ providers: services })
class AppModule {}

await NestFactory.createApplicationContext(AppModule, { logger: false });
ready({ boot: performance.now() - begun, started: started() });
setInterval(() => {}, 60_000);
