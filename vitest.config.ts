import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { Retries } from "./test/retries.ts";

const source = (name: string): string => fileURLToPath(new URL(`packages/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests read the sources; what runs in a process of its own (the tool, services) runs as built.
    alias: {
      "@pprof-ts/fleet": source("fleet"),
      "@pprof-ts/profile": source("profile"),
      "@pprof-ts/report": source("report"),
    },
  },
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts", "bench/test/**/*.test.ts"],
    reporters: ["default", new Retries()],
    testTimeout: 30_000,
    // Some compile a program first.
    hookTimeout: 60_000,
    // Twice as many as processors, where these are few: most tests wait for a process, a browser or a capture.
    maxWorkers: Math.max(4, availableParallelism()),
    // What a test waits for comes soon, but for a machine on which much else runs.
    expect: { poll: { timeout: 15_000, interval: 20 } },
  },
});
