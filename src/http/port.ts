// Opens the port of a server, or says why it cannot be opened.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApplicationStateError } from '../app/errors.js';
import { ListenError } from './errors.js';

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** For a browser on this machine. */
  readonly url: string;
}

const DEFAULT_PORT = 3000;

/** The port that a variable names, by default 3000. @throws SPECTER_APPLICATION_STATE when it names none */
export function portOf(variable: string | undefined): number {
  if (!variable) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(variable) ? Number(variable) : Number.NaN;
  if (port <= 65_535) return port;
  throw new ApplicationStateError(
    'app.listen()',
    `PORT is ${JSON.stringify(variable.slice(0, 40))}, not a number from 0 to 65535. Set it to one, or leave it out for 3000`,
  );
}

/** Opens a port; 0 takes any free one. @throws SPECTER_LISTEN */
export async function openPort(server: Server, port: number, host: string): Promise<Address> {
  const abort = new AbortController();
  // A server that is closed before it listens tells neither 'listening' nor 'error'.
  server.once('close', () => abort.abort(new Error('it was closed meanwhile')));
  server.listen({ port, host });
  await once(server, 'listening', { signal: abort.signal }).catch((cause) => {
    throw new ListenError(host, port, abort.signal.aborted ? abort.signal.reason : cause);
  });
  return addressOf(server, host);
}

function addressOf(server: Server, host: string): Address {
  const { address, port, family } = server.address() as AddressInfo;
  const everywhere = address === '0.0.0.0' || address === '::';
  const name = everywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return { host, port, url: `http://${name}:${port}` };
}

const DEFAULT_HOST = '127.0.0.1';

/** The host that a variable names, by default this machine alone. @throws SPECTER_APPLICATION_STATE when it can be none */
export function hostOf(variable: string | undefined): string {
  if (!variable) return DEFAULT_HOST;
  if (/^[\w.:%-]+$/.test(variable)) return variable;
  throw new ApplicationStateError(
    'app.listen()',
    `HOST is ${JSON.stringify(variable.slice(0, 40))}, not a name or an address. Set it to one, or leave it out for ${DEFAULT_HOST}`,
  );
}
