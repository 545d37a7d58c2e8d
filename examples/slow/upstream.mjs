// GET /product is slow: it asks two other servers, and one of them takes its time.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "./server.mjs";

const upstream = (millis) =>
  new Promise((resolve) => {
    const server = createServer(async (_request, response) => {
      await sleep(millis);
      response.end(JSON.stringify({ millis }));
    });
    server.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });

const [stockPort, reviewsPort] = await Promise.all([upstream(3), upstream(70)]);

async function product() {
  const stock = await ask(stockPort, "/stock");
  const reviews = await ask(reviewsPort, "/reviews");
  return { stock, reviews };
}

async function ask(port, path) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return response.json();
}

serve({ "/product": product, "/health": async () => "ok" });
