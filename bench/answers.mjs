// What every server must answer before it is measured.
import { deepStrictEqual, ok } from 'node:assert';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

export const USER = {
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  age: 36,
  tags: ['mathematics', 'engines'],
  address: { street: '12 St James Square', city: 'London', zip: '10815' },
};

/** The measured requests. */
export const REQUESTS = {
  hello: { method: 'GET', path: '/hello', status: 200, answer: { hello: 'world' } },
  params: { method: 'GET', path: '/users/42/posts/7', status: 200, answer: { id: '42', postId: '7' } },
  create: {
    method: 'POST',
    path: '/users',
    body: USER,
    status: 201,
    answer: { id: 1, name: USER.name, city: 'London' },
  },
};

/** What must be refused, by everybody. */
const REFUSED = [
  { ...USER, email: 'nobody' },
  { ...USER, age: '36' },
  { ...USER, address: { ...USER.address, zip: '1081' } },
  { ...USER, tags: [1] },
  { ...USER, admin: true },
];

/** @throws AssertionError when the server answers in any other way than it should */
export async function checkAnswer(port, { path, method, body, status, answer }) {
  const response = await send(port, { path, method, body });
  deepStrictEqual([response.status, JSON.parse(response.answer)], [status, answer]);
}

/** Checks everything that the HTTP suite measures, and what must not come through. */
export async function checkAnswers(port) {
  for (const expected of Object.values(REQUESTS)) await checkAnswer(port, expected);
  for (const body of REFUSED) {
    const { status } = await send(port, { path: '/users', method: 'POST', body });
    ok(status === 400 || status === 422, `an invalid body was answered with ${status}: ${JSON.stringify(body)}`);
  }
  deepStrictEqual((await send(port, { path: '/nothing', method: 'GET' })).status, 404);
}

/** On a connection of its own: one that is kept would outlive its server, and the next may get the same port. */
function send(port, { path, method, body }) {
  return new Promise((resolve, reject) => {
    const headers = body ? { 'Content-Type': 'application/json' } : {};
    const sent = request({ port, path, method, headers, host: '127.0.0.1', agent: false }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode, answer }), reject);
    });
    sent.on('error', reject).end(body && JSON.stringify(body));
  });
}
