// Bundled and minified into one line: each profile has to find these names and lines again.
import { spawn } from "node:child_process";
import { Mutex } from "@pprof-ts/runtime";

interface Order {
  readonly amounts: readonly number[];
}

const lock = new Mutex();
const kept: unknown[] = [];

function addUp({ amounts }: Order): number {
  let total = 0;
  for (let round = 0; round < 2; round++) {
    for (const amount of amounts.slice(0, 200)) total += Math.sqrt(amount) * Math.sin(total);
  }
  return total;
}

const keepOrder = (count: number): Order => {
  const order = { amounts: Array.from({ length: count }, (_, at) => at) };
  kept.push(order);
  return order;
};

class Cashier {
  readonly #orders: Order[] = [];

  serve(order: Order): number {
    if (this.#orders.length < 10) this.#orders.push(order);
    return addUp(order) + this.#orders.length;
  }
}

async function waitForever(): Promise<void> {
  await new Promise((resolve) => kept.push(resolve));
}

async function holdLock(): Promise<void> {
  await lock.run(() => new Promise((resolve) => setTimeout(resolve, 20)));
}

function startChild(): void {
  spawn(process.execPath, ["--version"]).unref();
}

const cashier = new Cashier();
const orders = Array.from({ length: 50 }, () => keepOrder(20_000));
void waitForever();
startChild();
// Among so many functions V8 inlines none, which before Node 26 would hide it.
const turns = [() => cashier.serve(orders[0]!), () => 1, () => 2, () => 3, () => 4, () => 5];
// For so long that the loop is seen to be held.
setInterval(() => {
  const end = performance.now() + 60;
  for (let turn = 0; performance.now() < end; turn++) turns[turn % turns.length]!();
}, 150);
setInterval(() => {
  void holdLock();
  void holdLock();
  orders[0] = keepOrder(20_000);
}, 500);
