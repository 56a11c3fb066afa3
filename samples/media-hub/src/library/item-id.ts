// The id of an item: short, fit for a URL, and always the same for the same path.
import { createHash } from 'node:crypto';

export function idOf(path: string): string {
  return createHash('sha256').update(path).digest('base64url').slice(0, 16);
}
