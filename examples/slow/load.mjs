// Asks a server for these addresses, so many at a time, until it is ended: node load.mjs AT_A_TIME URL...
const [, , atATime, ...urls] = process.argv;
let asked = 0;

async function ask() {
  for (;;) {
    const response = await fetch(urls[asked++ % urls.length]);
    await response.arrayBuffer();
  }
}

await Promise.all(Array.from({ length: Number(atATime) }, ask));
