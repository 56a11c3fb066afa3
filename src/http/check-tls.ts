// checkTls(): whether key and certificate are there and are PEM; a path in their place is told as one.
import type { TlsOptions } from 'node:tls';
import { InvalidArgumentError, SpecterError } from '../kernel/errors.js';
import { checkMisspeltKeys } from '../kernel/option-keys.js';

/** Those that people write; `node:tls` has more. */
const COMMON = [
  'key', 'cert', 'pfx', 'ca', 'passphrase', 'ciphers', 'minVersion', 'maxVersion', 'requestCert', 'rejectUnauthorized',
  'SNICallback', 'ALPNProtocols', 'dhparam', 'ecdhCurve', 'honorCipherOrder', 'sessionTimeout', 'ticketKeys', 'crl',
] as const satisfies (keyof TlsOptions | 'key')[]; // biome-ignore format: a list

const PATH = /^[\w.:/\\ ~-]{1,256}\.(?:pem|key|crt|cer|cert)$/i;

/** @throws SPECTER_INVALID_ARGUMENT for what node would only refuse in its own words, when the port is opened */
export function checkTls(tls: unknown): void {
  const where = 'the option http.tls';
  const wanted = 'key and cert, or pfx, or a SNICallback';
  if (typeof tls !== 'object' || tls === null) throw new InvalidArgumentError(where, wanted, tls);
  checkMisspeltKeys('The option http.tls', tls, COMMON);
  const { key, cert, pfx, SNICallback } = tls as TlsOptions;
  if (!((key && cert) || pfx || SNICallback)) throw new InvalidArgumentError(where, wanted, tls);
  for (const [name, value] of Object.entries({ key, cert })) checkPem(`http.tls.${name}`, name, [value].flat());
}

function checkPem(where: string, name: string, parts: readonly unknown[]): void {
  for (const part of parts) {
    const text = Buffer.isBuffer(part) ? part.toString('latin1') : part;
    if (typeof text !== 'string' || text.includes('-----BEGIN ')) continue;
    throw notPem(where, PATH.test(text) ? text : undefined, `${name}.pem`);
  }
}

function notPem(where: string, path: string | undefined, usual: string): SpecterError {
  const why = path === undefined ? ', which begins with -----BEGIN' : '; it looks like a path';
  return new SpecterError(
    'SPECTER_INVALID_ARGUMENT',
    `${where} is not PEM${why}: pass readFileSync('${path ?? usual}').`,
  );
}
