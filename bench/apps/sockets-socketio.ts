// Sockets: socket.io by hand, without any rule or limit.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { answerParent, ready } from './ready.js';
import { ROOM } from './say.js';

answerParent();
const server = createServer();
const io = new Server(server, { serveClient: false });
io.on('connection', (socket) => {
  socket.on('topic:join', async (topic, ack) => {
    await socket.join(topic);
    ack({ ok: true });
  });
  socket.on('echo', (said, ack) => ack(said));
  socket.on('shout', (said, ack) => {
    io.to(ROOM).emit('shouted', said);
    ack({ ok: true });
  });
});
server.listen(0, '127.0.0.1', () => ready({ port: (server.address() as AddressInfo).port }));
