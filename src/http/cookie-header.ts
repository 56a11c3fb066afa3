// Reads cookies from the header as it came: strictly, and only those whose signature is good where they are signed.
import type { Context } from 'koa';

/** A longer value is no cookie: browsers send none. */
const LONGEST = 4096;

/**
 * What a request says of one cookie: its value; a list when it is there more than once; undefined when it is not, when it is
 * longer than 4096 characters, or when it is signed and not beyond doubt.
 */
export function cookieOf(
  ctx: Context,
  name: string,
  signed = ctx.app.keys !== undefined,
): string | string[] | undefined {
  const header = ctx.req.headers.cookie;
  if (header === undefined) return undefined;
  const values = valuesOf(header, name);
  // Of two, one may be a stranger's, and a signature does not say of which.
  if (signed) return values.length === 1 ? ctx.cookies.get(name, { signed: true }) : undefined;
  return values.length > 1 ? values : values[0];
}

function valuesOf(header: string, name: string): string[] {
  const values: string[] = [];
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at < 0 || part.slice(0, at).trim() !== name) continue;
    const value = unquoted(part.slice(at + 1).trim());
    if (value.length <= LONGEST) values.push(value);
  }
  return values;
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
