// Reads the arguments of a method from its request.
import type { Context } from 'koa';
import { isThenable } from '../kernel/thenable.js';
import type { HttpSettings } from './options.js';
import type { RoutePlan } from './plan.js';

type Readers = RoutePlan['readers'];

/** What stands where a reading had to wait. */
interface Halfway {
  readonly ctx: Context;
  readonly settings: HttpSettings;
  readonly value: PromiseLike<unknown>;
}

/** What the parameters of a method are, in their order; one after the other, as the first that is wrong is the one told. */
export function readAll(readers: Readers, ctx: Context, settings: HttpSettings): unknown[] | Promise<unknown[]> {
  const args: unknown[] = [];
  for (const read of readers) {
    const value = read(ctx, settings);
    if (isThenable(value)) return readRest(readers, args, { ctx, settings, value });
    args.push(value);
  }
  return args;
}

async function readRest(readers: Readers, args: unknown[], { ctx, settings, value }: Halfway): Promise<unknown[]> {
  args.push(await value);
  for (const read of readers.slice(args.length)) args.push(await read(ctx, settings));
  return args;
}
