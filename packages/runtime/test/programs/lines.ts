// A program whose CPU profile has what the tests of one look for, and the wall profiler of `@datadog/pprof` in use when told.
import { statSync } from "node:fs";
import { withLabels } from "@pprof-ts/runtime";

function leaf(turns: number): number {
  let sum = 0;
  for (let i = 0; i < turns; i++) sum = (sum * 31 + i) | 0;
  return sum;
}

function twice(): number {
  const first = leaf(2_000_000);
  return first + leaf(4_000_000);
}

function litter(): number {
  const kept: object[] = [];
  for (let i = 0; i < 30_000; i++) kept.push({ i, text: `${i}` });
  return kept.length;
}

function files(): void {
  for (let i = 0; i < 1_000; i++) statSync(".", { throwIfNoEntry: false });
}

function turn(): void {
  twice();
  litter();
  files();
}

let route: string | undefined;
setInterval(() => {
  if (route === undefined) turn();
  else withLabels({ route }, turn);
}, 5);

process.on("message", async (deed: string) => {
  if (deed === "datadog") (await import("@datadog/pprof")).time.start({ intervalMicros: 10_000 });
  if (deed === "labels") route = "/price";
  process.send?.(deed);
});
