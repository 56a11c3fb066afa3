// node drive.mjs <node's arguments>: starts the application, calls it over HTTP and a socket, and stops it with SIGTERM.
import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';

const app = spawn(process.execPath, process.argv.slice(2), {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, NODE_ENV: 'production' },
});
process.on('exit', () => app.kill('SIGKILL'));
setTimeout(() => assert.fail('not done within 60 s'), 60_000).unref();
const exited = once(app, 'exit');
exited.then(([code, signal]) => assert.equal(code, 0, `ended with ${code ?? signal}`));

const url = await new Promise((found) => {
  createInterface(app.stdout).on('line', (line) => {
    console.log(line);
    const match = /^the stranger answers at (\S+)$/.exec(line);
    if (match) found(match[1]);
  });
});

const get = await fetch(`${url}/greetings/Ada`);
assert.equal(get.status, 200);
assert.deepEqual(await get.json(), { text: 'Hello Ada, 42 free' });

const post = (body) =>
  fetch(`${url}/greetings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const good = await post({ name: 'Ada', times: 2 });
assert.deepEqual((await good.json()).texts, ['Hello Ada, 42 free', 'Hello Ada, 42 free']);
const bad = await post({ name: 'Ada', times: 0 });
assert.equal(bad.status, 422);
assert.match(bad.headers.get('content-type'), /^application\/problem\+json/);
assert.equal((await bad.json()).errors[0].path, 'times');

const socket = io(url, { transports: ['websocket'] });
assert.deepEqual(await socket.timeout(5000).emitWithAck('greet', { name: 'Ada', times: 1 }), {
  text: 'Hello Ada, 42 free',
});
assert.equal((await socket.timeout(5000).emitWithAck('greet', { name: 'Ada' })).error.status, 422);

app.kill('SIGTERM');
const [code] = await exited;
assert.equal(code, 0);
socket.close();
console.log(`${process.argv.slice(2).join(' ')}: answered, stopped, exit code 0`);
