// node --expose-gc bench/dist/source-map.js [--segments N]
// A bundle's source map: how long it takes to read, and how much memory it holds, beside Node's own `module.SourceMap`.
import { SourceMap as NodeSourceMap } from "node:module";
import { parseArgs } from "node:util";

/** Ours is no part of the package's interface. */
const file = new URL("../../packages/runtime/dist/agent/source-map/source-map.js", import.meta.url);
const { SourceMap } = (await import(file.href)) as { readonly SourceMap: new (json: string) => object };
const { values: flags } = parseArgs({ options: { segments: { type: "string", default: "1000000" } } });
const segments = Number(flags.segments);
const text = bundle(segments);
const readers: Readonly<Record<string, () => object>> = {
  "this project": () => new SourceMap(text),
  "module.SourceMap": () => new NodeSourceMap(JSON.parse(text)),
};

console.log(`${segments} segments, ${(text.length / 1e6).toFixed(1)} MB\n`);
console.log("| reader | ms | bytes a segment |");
console.log("| ------ | -: | --------------: |");
for (const [name, read] of Object.entries(readers)) {
  const before = held();
  const begun = performance.now();
  const map = read();
  const millis = performance.now() - begun;
  console.log(`| ${name} | ${millis.toFixed(0)} | ${((held() - before) / segments).toFixed(0)} |`);
  // Held until it was weighed.
  if (Object.keys(map).length > 1e6) console.log(map);
}

function held(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A map as a minifier writes it: one long line in 40 of generated code, a name at each fifth place. */
function bundle(segments: number): string {
  const places: string[] = [];
  for (let at = 0; at < segments; at++) {
    // Columns and lines go on by small steps: A is 0, C 1, E 2, K 5.
    const place = at % 5 === 0 ? "KACEA" : "EAAK";
    places.push(place, at % 40 === 39 ? ";" : ",");
  }
  const names = Array.from({ length: 1000 }, (_, i) => `name${i}`);
  return JSON.stringify({ version: 3, sources: ["a.ts"], names, mappings: places.join("") });
}
