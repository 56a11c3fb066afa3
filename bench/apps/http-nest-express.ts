// HTTP: NestJS on Express.
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule, serve } from './nest-application.js';
import { answerParent } from './ready.js';

answerParent();
await serve(await NestFactory.create<NestExpressApplication>(AppModule, { logger: false }));
