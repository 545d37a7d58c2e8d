// A service that needs more memory with each request, in three ways.
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { serve } from "./serve.ts";

const pages = new Map<string, string[]>();
const prices = new EventEmitter().setMaxListeners(0);
const signatures: Buffer[] = [];

/** A cache by the whole address: each is another one. */
function page(_: IncomingMessage, url: URL): number {
  let rows = pages.get(url.href);
  if (rows === undefined) {
    rows = render(url.pathname);
    pages.set(url.href, rows);
  }
  return rows.length;
}

function render(path: string): string[] {
  return Array.from({ length: 1_000 }, (_, row) => `${path}: row ${row}`);
}

/** A listener for each request, which stays when the request has gone. */
function watch(): number {
  const seen = new Array<number>(4_000).fill(0);
  prices.on("change", (price: number) => seen.push(price));
  return prices.listenerCount("change");
}

/** The first 16 bytes are kept, and with them all that they are a part of. */
async function upload(request: IncomingMessage): Promise<number> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  signatures.push(body.subarray(0, 16));
  return body.length;
}

serve({ page, watch, upload });
