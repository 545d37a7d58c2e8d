// Customers: `node dist/load.js http://localhost:PORT` asks for one page after the other until the shop is gone.
const shop = process.argv[2];
if (shop === undefined) throw new Error("usage: load.js URL");

const pages = [
  (n: number) => `/checkout?cart=${n}`,
  (n: number) => `/receipt?cart=${n}`,
  () => "/search?q=red+chair+7",
];

async function customer(start: number): Promise<void> {
  for (let n = start; ; n++) {
    const response = await fetch(new URL(pages[n % pages.length]!(n), shop));
    await response.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

await Promise.all([0, 100, 200].map(customer)).catch(() => process.exit(0));
