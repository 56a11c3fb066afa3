// Opens the port of a server, or says why it cannot be opened.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListenError } from './errors.js';

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** For a browser on this machine. */
  readonly url: string;
}

/** Opens a port; 0 takes any free one. @throws SPECTER_LISTEN */
export async function openPort(server: Server, port: number, host: string): Promise<Address> {
  server.listen({ port, host });
  await once(server, 'listening').catch((cause) => {
    throw new ListenError(host, port, cause);
  });
  return addressOf(server, host);
}

function addressOf(server: Server, host: string): Address {
  const { address, port, family } = server.address() as AddressInfo;
  const everywhere = address === '0.0.0.0' || address === '::';
  const name = everywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return { host, port, url: `http://${name}:${port}` };
}
