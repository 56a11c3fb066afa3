// What every server must answer before it is measured.
import { deepStrictEqual, ok } from 'node:assert';

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

/** @throws AssertionError when the server answers `request` in any other way than it should */
export async function checkAnswer(port, { path, method, body, status, answer }) {
  const response = await send(port, { path, method, body });
  deepStrictEqual([response.status, await response.json()], [status, answer]);
}

/** Checks everything that the HTTP suite measures, and what must not come through. */
export async function checkAnswers(port) {
  for (const request of Object.values(REQUESTS)) await checkAnswer(port, request);
  for (const body of REFUSED) {
    const { status } = await send(port, { path: '/users', method: 'POST', body });
    ok(status === 400 || status === 422, `an invalid body was answered with ${status}: ${JSON.stringify(body)}`);
  }
  deepStrictEqual((await send(port, { path: '/nothing', method: 'GET' })).status, 404);
}

function send(port, { path, method, body }) {
  const payload = body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  return fetch(`http://127.0.0.1:${port}${path}`, { method, ...payload });
}
