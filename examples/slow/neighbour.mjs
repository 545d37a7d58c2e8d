// GET /price is slow at times: another route holds the event loop, and whatever is ready waits for it.
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "./server.mjs";

async function price() {
  await sleep(5);
  return { price: 7 };
}

async function exportAll() {
  const rows = [];
  for (let i = 0; i < 150_000; i++) rows.push(row(i));
  return rows.length;
}

function row(i) {
  return Array.from({ length: 12 }, (_, at) => (i * at).toString(36)).join(";");
}

serve({ "/price": price, "/export": exportAll });
