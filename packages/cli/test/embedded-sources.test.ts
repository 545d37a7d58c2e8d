import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { EmbeddedSources } from "../src/source/embedded-sources.ts";

test.skipIf(process.platform === "win32")("maps that are no regular files, too large or odd are passed over", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pprof-maps-"));
  const at = (name: string): string => path.join(folder, name);
  try {
    spawnSync("mkfifo", [at("pipe.js.map")]);
    symlinkSync("/dev/zero", at("zero.js.map"));
    symlinkSync(at("loop.js.map"), at("loop.js.map"));
    mkdirSync(at("folder.js.map"));
    writeFileSync(at("large.js.map"), "{");
    truncateSync(at("large.js.map"), 65 * 2 ** 20);
    const odd = [
      null,
      5,
      { sources: {}, sourcesContent: [] },
      { sources: [5, {}, "a.ts"], sourcesContent: ["a", 5, 6] },
    ];
    for (const [i, map] of odd.entries()) writeFileSync(at(`odd${i}.js.map`), JSON.stringify(map));
    const good = { sources: ["b.ts"], sourceRoot: {}, sourcesContent: ["const b = 1;"] };
    writeFileSync(at("z.js.map"), JSON.stringify(good));
    const sources = new EmbeddedSources([folder]);
    expect(sources.find(at("b.ts"))).toBe("const b = 1;");
    expect(sources.find(at("a.ts"))).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
