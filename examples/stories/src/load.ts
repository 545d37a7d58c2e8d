// Asks for addresses, four of each at a time, in all so often: node dist/load.js TIMES URL...
// `{}` in an address is a number, another one each time; bodies of 64 kB are sent where the address ends with /upload.
// What has no answer after GIVE_UP seconds (default: 60) is given up.
const [times = "100", ...urls] = process.argv.slice(2);
const body = new Uint8Array(2 ** 16);
const patience = Number(process.env.GIVE_UP ?? 60) * 1_000;
let answers = 0;
let failures = 0;

async function ask(url: string, numbers: Iterator<number>): Promise<void> {
  for (let next = numbers.next(); !next.done; next = numbers.next()) {
    try {
      const options = url.endsWith("/upload") ? { method: "POST", body } : {};
      const signal = AbortSignal.timeout(patience);
      const response = await fetch(url.replace("{}", `${next.value}`), { ...options, signal });
      await response.arrayBuffer();
      if (answers + failures === 0) console.log("asking");
      if (response.ok) answers++;
      else failures++;
    } catch {
      failures++;
    }
  }
}

await Promise.all(
  urls.flatMap((url) => {
    const numbers = Array.from({ length: Number(times) }, (_, at) => at).values();
    return Array.from({ length: 4 }, () => ask(url, numbers));
  }),
);
console.log(`${answers} answers, ${failures} failures`);
