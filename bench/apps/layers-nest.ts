// Boots of layered services in one process: NestJS without any HTTP platform.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { bootAgain } from './layers.js';

await bootAgain(async (services) => {
  @Module({ providers: services })
  class AppModule {}

  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  return () => app.close();
});
