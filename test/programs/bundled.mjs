// Bundled into one file with the profiler, and run where nothing else is.
import { createServer } from "node:http";
import { listen } from "@pprof-ts/runtime";
import { pprof } from "@pprof-ts/runtime/http";

globalThis.kept = [];
function burn(depth) {
  return depth < 2 ? depth : burn(depth - 1) + burn(depth - 2);
}
async function waits() {
  await new Promise((resolve) => kept.push(resolve));
}
void waits();
setInterval(() => burn(30), 40);
const { url } = await listen({ port: 0, token: "secret", stallBudget: "1m", stallBudgetPerMinute: "1h" });
const server = createServer(pprof()).listen(0, "127.0.0.1", () => {
  console.log(`${url} http://127.0.0.1:${server.address().port}/debug/pprof/`);
});
