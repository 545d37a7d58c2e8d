// GET /page is slow: it awaits one thing after the other, and none of them needs the one before.
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "./server.mjs";

async function page() {
  const user = await load("user", 30);
  const cart = await load("cart", 40);
  const offers = await load("offers", 35);
  return { user, cart, offers };
}

async function load(name, millis) {
  await sleep(millis);
  return name;
}

serve({ "/page": page, "/health": async () => "ok" });
