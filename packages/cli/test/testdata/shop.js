// A small shop, recorded in /srv/shop by the runtime of this project: the profiles beside it are what goldens are made
// from. CPU profiles of two seconds at 100 Hz, the allocations of one second, and the heap, while `work` ran.
import { withLabels } from "@pprof-ts/runtime";

const orders = [];

function price(items) {
  let total = 0;
  for (const item of items) total += discount(item) * item.count;
  return total;
}

function discount(item) {
  let best = item.price;
  for (let percent = 1; percent < 400; percent++) best = Math.min(best, item.price * (1 - ((percent * 7) % 90) / 100));
  return best;
}

function search(words, text) {
  return words.filter((word) => distance(word, text) < 3);
}

function distance(a, b) {
  if (a === "" || b === "") return a.length + b.length;
  if (a[0] === b[0]) return distance(a.slice(1), b.slice(1));
  return 1 + Math.min(distance(a.slice(1), b), distance(a, b.slice(1)), distance(a.slice(1), b.slice(1)));
}

function remember(total) {
  orders.push({ total, lines: Array.from({ length: 50 }, (_, i) => `line ${i} of ${total}`) });
}

function checkout() {
  const items = Array.from({ length: 300 }, (_, i) => ({ price: 100 + i, count: 1 + (i % 3) }));
  remember(price(items));
}

function browse() {
  search(["teapot", "kettle", "mugs"], "keetle");
}

/** So much work, with a label for each kind of request. */
export async function work(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    await withLabels({ route: "/checkout", tenant: orders.length % 2 ? "ann" : "bob" }, async () => checkout());
    await withLabels({ route: "/browse" }, async () => browse());
    await new Promise(setImmediate);
  }
}
