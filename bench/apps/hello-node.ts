// Start-up, the floor: node:http and nothing else.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ready } from './ready.js';

const server = createServer((request, response) => {
  const found = request.method === 'GET' && request.url === '/hello';
  response.writeHead(found ? 200 : 404, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(found ? '{"hello":"world"}' : undefined);
});
server.listen(0, '127.0.0.1', () => ready({ port: (server.address() as AddressInfo).port }));
