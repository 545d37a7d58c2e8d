import type { Item } from "./catalogue.ts";

/** What a cart costs, in cents, with the best vouchers applied. */
export interface Quote {
  readonly total: number;
  readonly saved: number;
}

const MOST_WEIGHT = 120;

/** The price of a cart. */
export function quote(cart: readonly Item[]): Quote {
  const saved = bestDiscount(cart);
  return { total: cart.reduce((sum, item) => sum + item.price, 0) - saved, saved };
}

/** Tries every choice of items for the voucher: exponential, and so the hot spot of this service. */
function bestDiscount(cart: readonly Item[]): number {
  let best = 0;
  for (let choice = 0; choice < 1 << cart.length; choice++) {
    let weight = 0;
    let price = 0;
    for (let i = 0; i < cart.length; i++) {
      if ((choice & (1 << i)) === 0) continue;
      const item = cart[i] as Item;
      weight += item.weight;
      price += item.price;
    }
    if (weight <= MOST_WEIGHT) best = Math.max(best, Math.floor(price / 20));
  }
  return best;
}
