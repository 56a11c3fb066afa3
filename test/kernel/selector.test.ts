import { createModel } from '../../src/kernel/model.js';
import { createSelector } from '../../src/kernel/selector.js';
import { createStore } from '../../src/kernel/store.js';

interface Shop {
  prices: Record<string, number>;
  cart: string[];
  open: boolean;
}

const shop = () => createModel<Shop>('shop', { prices: { tea: 3, jam: 4 }, cart: ['tea', 'tea'], open: true });
const pricesOf = (state: Pick<Shop, 'prices'>) => state.prices;
const cartOf = (state: Pick<Shop, 'cart'>) => state.cart;

// Teeth (tried): without the comparison it combines at each call.
test('combines again only when an input is another value', () => {
  const model = shop();
  const combine = jest.fn((prices: Record<string, number>, cart: readonly string[]) => ({
    sum: cart.reduce((sum, item) => sum + (prices[item] ?? 0), 0),
  }));
  const total = createSelector(pricesOf, cartOf, combine);
  const first = model.select(total);
  expect(first).toEqual({ sum: 6 });
  model.set('open', false);
  expect(model.select(total)).toBe(first);
  expect(combine).toHaveBeenCalledTimes(1);
  model.set('cart.2', 'jam');
  expect(model.select(total)).toEqual({ sum: 10 });
  expect(combine).toHaveBeenCalledTimes(2);
});

test('as a selector of a subscription it is told only when the derived value changed', () => {
  const model = shop();
  const told: unknown[] = [];
  const sorted = createSelector(cartOf, (cart) => [...cart].sort());
  model.subscribe((value: readonly string[]) => told.push(value), { selector: sorted });
  model.set('open', false);
  model.set('prices.tea', 5);
  model.set('cart.0', 'jam');
  expect(told).toEqual([['jam', 'tea']]);
});

test('selectors may be inputs of selectors, and of several states at once', () => {
  const model = shop();
  const settings = createStore('settings', { tax: 2 });
  const total = createSelector(pricesOf, cartOf, (prices, cart) => cart.length * (prices.tea ?? 0));
  const combine = jest.fn((sum: number, tax: number) => sum * tax);
  const taxed = createSelector(
    () => model.select(total),
    () => settings.get('tax'),
    combine,
  );
  expect(taxed()).toBe(12);
  settings.set({ tax: 3 });
  expect([taxed(), taxed()]).toEqual([18, 18]);
  expect(combine).toHaveBeenCalledTimes(2);
});

test('what combine throws goes on, and is tried again', () => {
  let broken = true;
  const selector = createSelector(
    (state: { n: number }) => state.n,
    (n) => {
      if (broken) throw new Error('broken');
      return n;
    },
  );
  const state = { n: 1 };
  expect(() => selector(state)).toThrow('broken');
  broken = false;
  expect(selector(state)).toBe(1);
});
