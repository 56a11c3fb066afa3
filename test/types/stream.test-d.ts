// What must and must not compile of streams of the bus; `npx tsc -p tsconfig.json` is the test.
import type { Bus } from '../../src/kernel/bus.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};
type Read<S> = S extends AsyncIterable<infer T> ? T : never;

declare module '../../src/kernel/bus.js' {
  interface BusEvents {
    'typed:size': { readonly size: number };
    'typed:name': string;
  }
}

declare const bus: Bus;

const one = bus.stream('typed:size');
same<Read<typeof one>, { readonly size: number }>(true);
const several = bus.stream(['typed:size', 'typed:name'], { limit: 5 });
same<
  Read<typeof several>,
  | { readonly event: 'typed:size'; readonly data: { readonly size: number } }
  | { readonly event: 'typed:name'; readonly data: string }
>(true);
const undeclared = bus.stream('some:other');
same<Read<typeof undeclared>, unknown>(true);

export async function read(): Promise<void> {
  for await (const told of several) {
    if (told.event === 'typed:size') told.data.size.toFixed();
    // @ts-expect-error a name has no size
    else told.data.size;
  }
  // @ts-expect-error it is a size, not a name
  for await (const { name } of one) void name;
}
// @ts-expect-error no such option
bus.stream('typed:size', { most: 5 });
