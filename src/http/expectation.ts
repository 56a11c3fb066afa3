// Expect: 100-continue: a client that asks before it sends its body is told to go on only when somebody reads that body.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Whether the server gives its connections up. */
interface Draining {
  readonly draining: boolean;
}

/** Answers such requests as all others; without this, node tells every one of them to go on. */
export function awaitReaders(server: Server, connections: Draining): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    continueWhenRead(request, response, connections);
    server.emit('request', request, response);
  });
}

/** Until then the connection ends with the response: what the client would send next, a body or a request, nobody knows. */
function continueWhenRead(request: IncomingMessage, response: ServerResponse, connections: Draining): void {
  const read = request._read;
  const { shouldKeepAlive } = response;
  response.shouldKeepAlive = false;
  request._read = (size) => {
    request._read = read;
    if (!response.headersSent) {
      // Once the server drains, whether the connection lives on has been decided anew.
      if (!connections.draining) response.shouldKeepAlive = shouldKeepAlive;
      response.writeContinue();
    }
    read.call(request, size);
  };
}
