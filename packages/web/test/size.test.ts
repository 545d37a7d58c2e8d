import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
/** Graphviz, which is loaded when a graph is opened. */
const GRAPHVIZ = "graph-worker.js";
/** The pages once more, for those who have them in a page of their own, and for pages in one file. */
const AGAIN = /^(element|whole)/;
const ELEMENT = "element.js";
/** What is loaded when a trace is opened. */
const OF_TRACES = ["trace-worker.js", "page-trace-pages.js"];

test.skipIf(!existsSync(dist))(
  "the pages are less than 250 kB, compressed, without Graphviz, and traces 50 more (skipped if not built)",
  () => {
    const files = readdirSync(dist);
    expect(files).toContain(GRAPHVIZ);
    const total = (shown: readonly string[]): number =>
      shown.reduce((sum, file) => sum + gzipSync(readFileSync(`${dist}${file}`)).length, 0);
    const pages = total(files.filter((file) => file !== GRAPHVIZ && !AGAIN.test(file) && !OF_TRACES.includes(file)));
    expect(pages).toBeGreaterThan(50_000);
    expect(pages).toBeLessThan(250_000);
    expect(total(OF_TRACES)).toBeLessThan(50_000);
  },
);

test.skipIf(!existsSync(dist))(
  "the element is less than 75 kB, compressed, without its workers (skipped if not built)",
  () => {
    expect(gzipSync(readFileSync(`${dist}${ELEMENT}`)).length).toBeLessThan(75_000);
  },
);
