// Digester: reads a file to its end for its checksum.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Service } from 'specter-runtime';

const CHUNK = 1024 * 1024;

@Service()
export class Digester {
  /**
   * SHA-256 of a file, in hexadecimal.
   *
   * @throws what the system says when it cannot be read, or the signal's reason
   */
  async digest(path: string, signal: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK, signal })) hash.update(chunk);
    return hash.digest('hex');
  }
}
