import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../examples/stories/dist/loops/main.js", import.meta.url));

// With the stories: node scripts/stories.mjs

/** What a step takes of the processor, in microseconds, whatever else the machine does. */
function cpuTime(step: number): number {
  const code = `process.on("exit", () => process.stderr.write(String(process.cpuUsage().user)))`;
  const preload = `data:text/javascript,${encodeURIComponent(code)}`;
  const { stderr, stdout } = spawnSync(process.execPath, ["--import", preload, program, `${step}`, "4"], {
    encoding: "utf8",
  });
  expect(stdout).toBe("42012 blocks, 11000 loops, 3 in each other\n");
  return Number(stderr);
}

test.skipIf(process.env.STORIES === undefined)(
  "the last step takes less than two thirds of the first one's time",
  { timeout: 120_000, retry: 2 },
  () => {
    const times = Array.from({ length: 3 }, () => [cpuTime(1), cpuTime(6)] as const);
    const [first, last] = [0, 1].map((at) => Math.min(...times.map((pair) => pair[at]!)));
    expect(last! / first!).toBeLessThan(2 / 3);
  },
);

test.skipIf(process.env.STORIES === undefined).each([2, 3, 4, 5])("step %d finds the same loops", (step) => {
  expect(cpuTime(step)).toBeGreaterThan(0);
});
