// HTTP, the floor: node:http with everything by hand, no library at all.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent, ready } from './ready.js';

const POST_OF_USER = /^\/users\/([^/]+)\/posts\/([^/]+)$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const ZIP = /^\d{5}$/;

function send(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;
const hasOnly = (value: object, names: readonly string[]) => Object.keys(value).every((name) => names.includes(name));
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function isAddress(value: unknown): value is { city: string } {
  if (!isObject(value) || !hasOnly(value, ['street', 'city', 'zip'])) return false;
  return isText(value.street, 80) && isText(value.city, 80) && typeof value.zip === 'string' && ZIP.test(value.zip);
}

function isUser(value: unknown): value is { name: string; address: { city: string } } {
  if (!isObject(value) || !hasOnly(value, ['name', 'email', 'age', 'tags', 'address'])) return false;
  const { name, email, age, tags, address } = value;
  if (!isText(name, 40) || typeof email !== 'string' || !EMAIL.test(email)) return false;
  if (!Number.isInteger(age) || (age as number) < 18 || (age as number) > 130) return false;
  return Array.isArray(tags) && tags.length <= 8 && tags.every((tag) => typeof tag === 'string') && isAddress(address);
}

function readBody(request: IncomingMessage, then: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => then(Buffer.concat(chunks).toString()));
}

function create(response: ServerResponse, body: unknown): void {
  if (!isUser(body)) return send(response, 422, { title: 'Unprocessable' });
  send(response, 201, { id: 1, name: body.name, city: body.address.city });
}

const server = createServer((request, response) => {
  const { method, url = '/' } = request;
  if (method === 'GET' && url === '/hello') return send(response, 200, { hello: 'world' });
  const match = method === 'GET' ? POST_OF_USER.exec(url) : null;
  if (match) return send(response, 200, { id: match[1], postId: match[2] });
  if (method !== 'POST' || url !== '/users') return send(response, 404, { title: 'Not Found' });
  readBody(request, (text) => create(response, JSON.parse(text)));
});
answerParent();
server.listen(0, '127.0.0.1', () => ready({ port: (server.address() as AddressInfo).port }));
