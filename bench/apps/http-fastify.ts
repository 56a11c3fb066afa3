// HTTP: fastify 5 by itself, with JSON schemas that say the same as the classes of the others.
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import type { CreateUser } from './create-user.js';
import { created } from './create-user.js';
import { extraRoutes } from './extra-routes.js';
import { answerParent, ready } from './ready.js';

const text = (most: number) => ({ type: 'string', minLength: 1, maxLength: most });
const address = {
  type: 'object',
  additionalProperties: false,
  required: ['street', 'city', 'zip'],
  properties: { street: text(80), city: text(80), zip: { type: 'string', pattern: '^\\d{5}$' } },
};
const user = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'email', 'age', 'tags', 'address'],
  properties: {
    name: text(40),
    email: { type: 'string', format: 'email' },
    age: { type: 'integer', minimum: 18, maximum: 130 },
    tags: { type: 'array', maxItems: 8, items: { type: 'string' } },
    address,
  },
};

// Strict as the others: a wrong type is refused and not converted, an unknown property is refused and not taken away.
const server = Fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } });
server.get('/hello', () => ({ hello: 'world' }));
server.get<{ Params: { id: string; postId: string } }>('/users/:id/posts/:postId', ({ params }) => ({
  id: params.id,
  postId: params.postId,
}));
for (const path of extraRoutes) server.get(path, () => ({ path }));
server.post<{ Body: CreateUser }>('/users', { schema: { body: user } }, ({ body }, reply) => {
  void reply.code(201);
  return created(body);
});

answerParent();
await server.listen({ port: 0, host: '127.0.0.1' });
ready({ port: (server.server.address() as AddressInfo).port });
