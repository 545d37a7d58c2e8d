// GET /order is slow: orders are written one after the other, for all of them take the same lock.
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "./server.mjs";

/** One at a time holds it; the others wait in a row. */
class Lock {
  #last = Promise.resolve();
  async with(act) {
    const before = this.#last;
    let release;
    this.#last = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    try {
      return await act();
    } finally {
      release();
    }
  }
}

const lock = new Lock();

async function order() {
  const price = await quote();
  return lock.with(() => write(price));
}

async function quote() {
  await sleep(2);
  return 7;
}

async function write(price) {
  await sleep(25);
  return { price };
}

serve({ "/order": order, "/stock": async () => ({ stock: 3 }) });
