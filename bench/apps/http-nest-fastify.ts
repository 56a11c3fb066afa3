// HTTP: NestJS on Fastify.
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, serve } from './nest-application.js';
import { answerParent } from './ready.js';

answerParent();
await serve(await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), { logger: false }));
