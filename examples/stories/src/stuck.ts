// A service that answers ever fewer requests: where one fails, a connection of its pool is not given back.
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { withLabels } from "@pprof-ts/runtime";
import { serve } from "./serve.ts";

class Pool {
  readonly #free: number[];
  readonly #waiting: ((connection: number) => void)[] = [];

  constructor(size: number) {
    this.#free = Array.from({ length: size }, (_, at) => at);
  }

  acquire(): Promise<number> {
    const connection = this.#free.pop();
    if (connection !== undefined) return Promise.resolve(connection);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(connection: number): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }
}

const pool = new Pool(4);

async function order(_: IncomingMessage, url: URL): Promise<number> {
  return withLabels({ route: "/order" }, () => read(url.pathname));
}

async function read(path: string): Promise<number> {
  const connection = await pool.acquire();
  const rows = await query(path);
  pool.release(connection);
  return rows;
}

async function query(path: string): Promise<number> {
  await sleep(5);
  if (path.endsWith("0")) throw new Error(`no rows for ${path}`);
  return path.length;
}

serve({ order });
