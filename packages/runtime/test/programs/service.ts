// A service with a hot function, compiled by the test so that its source map leads back here.
import { createServer } from "node:http";

interface Item {
  readonly name: string;
  readonly price: number;
}

const items: Item[] = Array.from({ length: 500 }, (_, i) => ({ name: `item ${i}`, price: (i * 7919) % 1000 }));

function scoreOf(item: Item, query: string): number {
  let score = item.price;
  for (let i = 0; i < 200; i++) score = (score * 31 + query.length * i) % 65_537;
  return score;
}

export function search(query: string): Item[] {
  return items.toSorted((a, b) => scoreOf(a, query) - scoreOf(b, query)).slice(0, 10);
}

const server = createServer((request, response) => response.end(JSON.stringify(search(request.url ?? ""))));
server.listen(0, "127.0.0.1", () => {
  process.send?.(server.address());
});

// Its own load: half the time busy, half idle.
function burst(): void {
  const end = performance.now() + 20;
  while (performance.now() < end) search("load");
}
setInterval(burst, 40);
