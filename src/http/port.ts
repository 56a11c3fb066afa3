// Opens the port or the socket of a server, or says why it cannot be opened.
import { once } from 'node:events';
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type ListenOptions } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { ApplicationStateError } from '../app/errors.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import { ListenError } from './errors.js';

/** Where a server listens. */
export interface Address {
  readonly host: string;
  /** 0 for a socket in the file system. */
  readonly port: number;
  /** Of a socket in the file system. */
  readonly path?: string;
  /** For a browser on this machine; `unix:` and the path of a socket. */
  readonly url: string;
}

const DEFAULT_PORT = 3000;

/** What else is known of the address. */
interface Opening {
  readonly host: string;
  /** Permissions of a socket in the file system. */
  readonly mode: number;
}

/** The port or the socket that a variable names, by default port 3000. @throws SPECTER_APPLICATION_STATE when it names none */
export function portOf(variable: string | undefined): number | string {
  if (!variable) return DEFAULT_PORT;
  if (/^(?:unix:|\/)/.test(variable)) return variable;
  const port = /^\d{1,5}$/.test(variable) ? Number(variable) : Number.NaN;
  if (port <= 65_535) return port;
  throw new ApplicationStateError(
    'app.listen()',
    `PORT is ${JSON.stringify(variable.slice(0, 40))}, not a number from 0 to 65535. Set it to one, or leave it out for 3000`,
  );
}

/** The path of a socket in the file system; undefined for a port. */
export function socketPath(at: number | string): string | undefined {
  if (typeof at === 'number' && Number.isInteger(at) && at >= 0 && at <= 65_535) return undefined;
  const path = typeof at === 'string' ? at.replace(/^unix:/, '') : '';
  if (path !== '' && /^(?:\/|unix:)/.test(String(at)) && !path.includes('\0')) return path;
  throw new InvalidArgumentError('listen()', "a port number from 0 to 65535, or a path as '/run/app.sock'", at);
}

/** Opens a port, where 0 takes any free one, or a socket in the file system. @throws SPECTER_LISTEN */
export async function openPort(server: Server, at: number | string, opening: Opening): Promise<Address> {
  if (typeof at === 'string') return openSocket(server, at, opening);
  await listening(server, { port: at, host: opening.host }, `${opening.host}:${at}`);
  return addressOf(server, opening.host);
}

/** Longer ones do not fit where the system keeps them, and some versions of Node cut them off without a word. */
const LONGEST_SOCKET = process.platform === 'linux' ? 107 : 103;

function tooLong(): NodeJS.ErrnoException {
  return Object.assign(new Error(`A path of a socket has at most ${LONGEST_SOCKET} bytes`), { code: 'EINVAL' });
}

/** Node removes the file when the server closes. */
async function openSocket(server: Server, path: string, { mode }: Opening): Promise<Address> {
  if (Buffer.byteLength(path) > LONGEST_SOCKET) throw new ListenError(path, tooLong(), true);
  await listening(server, { path }, path).catch(async (error: ListenError) => {
    if (!(await removeStale(path, error))) throw error;
    await listening(server, { path }, path);
  });
  chmodSync(path, mode);
  return { host: path, port: 0, path, url: `unix:${path}` };
}

/** Removes what a process that was killed has left behind. @returns whether it was that: a socket that nobody answers */
async function removeStale(path: string, { cause }: Error): Promise<boolean> {
  if ((cause as NodeJS.ErrnoException | undefined)?.code !== 'EADDRINUSE') return false;
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return false;
  const client = connect(path);
  const heard = once(client, 'connect').then(
    () => 'an answer',
    (error: NodeJS.ErrnoException) => error.code,
  );
  const stale = (await heard) === 'ECONNREFUSED';
  client.destroy();
  if (!stale) return false;
  unlinkSync(path);
  return true;
}

async function listening(server: Server, where: ListenOptions, name: string): Promise<void> {
  const abort = new AbortController();
  // A server that is closed before it listens tells neither 'listening' nor 'error'.
  const closed = () => abort.abort(new Error('it was closed meanwhile'));
  server.once('close', closed);
  server.listen(where);
  await once(server, 'listening', { signal: abort.signal }).catch((cause) => {
    throw new ListenError(name, abort.signal.aborted ? abort.signal.reason : cause, 'path' in where);
  });
}

function addressOf(server: Server, host: string): Address {
  const { address, port, family } = server.address() as AddressInfo;
  const everywhere = address === '0.0.0.0' || address === '::';
  const name = everywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  const scheme = server instanceof TlsServer ? 'https' : 'http';
  return { host, port, url: `${scheme}://${name}:${port}` };
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
