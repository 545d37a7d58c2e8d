import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Grower, growers } from "./growers.ts";

/** `GROW_BYTES=8000000` grows further; sizes that a quadratic reader would need minutes or gigabytes for. */
const SIZE = Number(process.env.GROW_BYTES ?? 8e5);
/** Nothing here takes a second by itself; what never ends is ended. */
const PATIENCE = 25_000;

const index = fileURLToPath(new URL("../dist/index.js", import.meta.url));
/** Reads what is on its standard input, and says what came of it and how much memory it took more at its height. */
const reader = `
  import { readFileSync } from "node:fs";
  import { ProfileError, readProfile, recogniseFormat } from ${JSON.stringify(index)};
  const bytes = readFileSync(0);
  const before = process.memoryUsage.rss();
  let outcome = "read";
  const start = process.cpuUsage();
  for (const timestamps of [false, true]) {
    gc();
    try {
      await readProfile(bytes, { timestamps });
    } catch (error) {
      outcome = error instanceof ProfileError ? error.message : "NO PROFILE ERROR: " + error.stack;
    }
  }
  const { user, system } = process.cpuUsage(start);
  const most = process.resourceUsage().maxRSS * 1024 - before;
  const format = await recogniseFormat(bytes).then(({ name }) => name, (error) => error.message);
  console.log(JSON.stringify({ format, outcome, bytes: bytes.length, most, seconds: (user + system) / 1e6 }));
`;

interface Grown {
  readonly format: string;
  readonly outcome: string;
  readonly bytes: number;
  readonly most: number;
  readonly seconds: number;
}

async function grow(grower: Grower, size: number): Promise<Grown> {
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", reader], { timeout: PATIENCE });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (part: string) => {
      said[name] += part;
    });
  }
  child.stdin.on("error", () => undefined);
  child.stdin.end(grower(size));
  const ended = await new Promise((resolve) => child.once("close", (status, signal) => resolve(signal ?? status)));
  expect({ ended, stderr: said.stderr.slice(0, 1000) }).toEqual({ ended: 0, stderr: "" });
  return JSON.parse(said.stdout) as Grown;
}

/** Tables of few bytes that stand for stacks of far more, by the sums of the depths of trees and lists. */
const deep: readonly string[] = [
  "speedscope: calls in calls, each with time of its own",
  "speedscope: calls that never return",
  "cpuprofile: time in every node of a chain",
  "cpuprofile: a tree as before 2017, in a chain",
  "heapprofile: allocations all along a chain",
  "heapprofile: brothers below a chain",
  "heaptimeline: allocations all along a chain",
  "chrome-trace: time in every node of a chain",
  "firefox: time in every row of a chain",
  "firefox: frames of a function with a long name",
  "otlp: samples of 2025 that share a long list of locations",
];

test.each(deep)(
  "what stacks would take is found before any is made: %s",
  { timeout: PATIENCE + 10_000 },
  async (name) => {
    const { outcome, bytes, most } = await grow(growers[name]!, 4 * SIZE);
    expect(outcome).toMatch(/^the stacks, values and labels of its samples would take \d+ bytes, and may take \d+$/);
    // The tables themselves, twice: half or less of what the stacks took that were made until there were too many.
    expect((most - 128e6) / bytes).toBeLessThan(48);
  },
);

test.each(Object.entries(growers))("%s", { timeout: PATIENCE + 10_000 }, async (name, grower) => {
  const { format, outcome, bytes, most, seconds } = await grow(grower, SIZE);
  if (process.env.GROW_SHOW)
    console.log(`${name}\t${(most / bytes).toFixed(0)}x\t${seconds.toFixed(2)}s\t${outcome.slice(0, 120)}`);
  if (outcome === "read") expect(name.startsWith(`${format}:`)).toBe(true);
  // One sentence, or a profile.
  expect(outcome).toMatch(/^[^\n]{1,300}$/);
  expect(outcome).not.toMatch(/^NO PROFILE ERROR/);
  // Node 24 and 26 let more garbage come together than 20 before they look for it.
  expect((most - 192e6) / bytes).toBeLessThan(256);
});
