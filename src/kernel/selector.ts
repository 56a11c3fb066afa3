// Selector: a value derived from others, computed again only when one of them is another value.

/** Takes a value from a state; from nothing, when none of its inputs needs a state. */
export type Selector<S, V> = unknown extends S ? (state?: unknown) => V : (state: S) => V;

/** What takes a value from some state. */
type Input = (state: never) => unknown;

/** All that the inputs ask of a state. */
type StateOf<I extends readonly Input[]> = I[number] extends (state: infer S) => unknown ? S : never;

type ValuesOf<I extends readonly Input[]> = { [At in keyof I]: ReturnType<I[At]> };

/**
 * Makes a derived value: `combine` gets what the inputs take, and runs again only when one of these is another value than
 * the last time. What a snapshot shares with the one before is the same value, so a selector of unchanged parts costs
 * nothing. It keeps one result.
 *
 * @param parts - functions of a state, or of nothing (`() => store.get('key')`); then `combine`, which gets their values
 * @example
 * const shop = createModel('shop', { prices: { tea: 3 }, cart: ['tea', 'tea'] });
 * const total = createSelector(
 *   (state: { prices: Record<string, number> }) => state.prices,
 *   (state: { cart: string[] }) => state.cart,
 *   (prices, cart) => cart.reduce((sum, item) => sum + (prices[item] ?? 0), 0),
 * );
 * shop.subscribe((sum) => console.log(sum), { selector: total });
 */
export function createSelector<I extends readonly Input[], V>(
  ...parts: [...inputs: I, combine: (...values: ValuesOf<I>) => V]
): Selector<StateOf<I>, V> {
  const inputs = parts.slice(0, -1) as ((state: unknown) => unknown)[];
  const combine = parts.at(-1) as (...values: unknown[]) => V;
  let last: unknown[] | undefined;
  let result: V;
  return ((state: unknown) => {
    const values = inputs.map((input) => input(state));
    if (last && values.every((value, at) => Object.is(value, last?.[at]))) return result;
    result = combine(...values);
    last = values;
    return result;
  }) as Selector<StateOf<I>, V>;
}
