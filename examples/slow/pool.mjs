// GET /report is slow: each wants a connection of the pool, of which there are two.
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "./server.mjs";

class Pool {
  #free = ["one", "two"];
  #waiting = [];
  acquire() {
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  release(connection) {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }
}

const pool = new Pool();

async function report() {
  const connection = await pool.acquire();
  try {
    return await query(connection);
  } finally {
    pool.release(connection);
  }
}

async function query(connection) {
  await sleep(30);
  return { connection };
}

serve({ "/report": report, "/health": async () => "ok" });
