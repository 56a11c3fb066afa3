// Sockets: a NestJS gateway on socket.io. `dto`: payloads have rules, by its ValidationPipe.
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import { answerParent, ready } from './ready.js';
import { ROOM, Say } from './say.js';

class BenchGateway {
  @WebSocketServer() server!: Server;

  @SubscribeMessage('topic:join') async join(@ConnectedSocket() socket: Socket, @MessageBody() topic: string) {
    await socket.join(topic);
    return { ok: true };
  }
}

@WebSocketGateway({ serveClient: false })
class PlainGateway extends BenchGateway {
  @SubscribeMessage('echo') echo(@MessageBody() said: unknown) {
    return said;
  }

  @SubscribeMessage('shout') shout(@MessageBody() said: unknown) {
    this.server.to(ROOM).emit('shouted', said);
    return { ok: true };
  }
}

const pipe = new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true });

@WebSocketGateway({ serveClient: false })
class DtoGateway extends BenchGateway {
  @SubscribeMessage('echo') echo(@MessageBody(pipe) said: Say) {
    return said;
  }

  @SubscribeMessage('shout') shout(@MessageBody(pipe) said: Say) {
    this.server.to(ROOM).emit('shouted', said);
    return { ok: true };
  }
}

@Module({ providers: [process.argv[2] === 'dto' ? DtoGateway : PlainGateway] })
class AppModule {}

answerParent();
const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
ready({ port: (app.getHttpServer().address() as AddressInfo).port });
