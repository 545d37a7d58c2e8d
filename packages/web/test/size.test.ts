import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
/** Graphviz, which is loaded when a graph is opened. */
const GRAPHVIZ = "graph-worker.js";

test.skipIf(!existsSync(dist))(
  "the pages are less than 250 kB, compressed, without Graphviz (skipped if not built)",
  () => {
    const files = readdirSync(dist);
    expect(files).toContain(GRAPHVIZ);
    const sizes = files
      .filter((file) => file !== GRAPHVIZ)
      .map((file) => gzipSync(readFileSync(`${dist}${file}`)).length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(250_000);
  },
);
