import { afterAll, expect, test } from "vitest";
import { Turnover } from "../src/agent/inspector/turnover.ts";
import { fetchProfile } from "./fetch-profile.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";
import { stacksOf } from "./stacks.ts";

const folder = scratchFolder();
afterAll(() => removeFolder(folder));

/** Workers for a task each, while there are any; and one that is there all along. */
const code = `
  import { once } from "node:events";
  import { Worker } from "node:worker_threads";
  const start = (code) => new Worker(code, { eval: true });
  start("function burnLong() { for (let i = 0; i < 1e6; i++) Math.sqrt(i); setImmediate(burnLong); } burnLong();");
  let churns = false;
  const churn = async () => {
    if (churns) await once(start("for (const end = Date.now() + 30; Date.now() < end;);"), "exit");
    setTimeout(churn, 1);
  };
  for (let i = 0; i < 6; i++) void churn();
  const deeds = { churn: () => { churns = true; } };
  process.on("message", (deed) => process.send({ deed, result: deeds[deed]() }));
`;

const workersIn = (profile: Parameters<typeof stacksOf>[0]): boolean =>
  stacksOf(profile).some(({ frames }) => frames.some((frame) => frame.startsWith("burnLong ")));

test("workers that come and go are left alone, and profiles and the index say so", { timeout: 240_000 }, async () => {
  const program = Program.registered(code, { cwd: folder });
  try {
    const base = await program.url();
    while (!workersIn(await fetchProfile(`${base}profile?seconds=1`)));
    await program.deed("churn");
    const saysSo = ({ comments }: { readonly comments: readonly string[] }): boolean =>
      comments.some((comment) =>
        /^workers are left out until \d{4}-.*: those of this program come and go/.test(comment),
      );
    // On a busy machine few begin and end in a short time.
    while (!saysSo(await fetchProfile(`${base}profile?seconds=5`)));
    // For half a minute at least.
    const profile = await fetchProfile(`${base}profile?seconds=1`);
    expect([saysSo(profile), workersIn(profile)]).toEqual([true, false]);
    for (const query of ["heap", "allocs?seconds=1"]) {
      const other = await fetchProfile(base + query);
      const threads = Array.from(other.samples.labels.str, (text) => other.strings.get(text!));
      expect([query, saysSo(other), threads.filter((name) => name.includes("worker"))]).toEqual([query, true, []]);
    }
    const index = await fetch(base, { headers: { accept: "application/json" } });
    const { samplers } = (await index.json()) as { readonly samplers: { readonly workers: string } };
    expect(samplers.workers).toMatch(/^workers are left out until/);
    expect(await (await fetch(base)).text()).toContain("workers are left out until");
  } finally {
    await program.stop();
  }
});

test("workers come and go where many end soon after they began, within a short time", () => {
  const second = 1000;
  const ends = (
    turnover: Turnover,
    count: number,
    lifeMillis: number,
    everyMillis: number,
    fromMillis: number,
  ): boolean =>
    Array.from({ length: count }, (_, i) => fromMillis + i * everyMillis)
      .map((now) => turnover.ended(now - lifeMillis, now))
      .some(Boolean);
  expect(ends(new Turnover(), 7, 1 * second, 100, 0)).toBe(false);
  expect(ends(new Turnover(), 8, 1 * second, 100, 0)).toBe(true);
  // As a pool that is closed.
  expect(ends(new Turnover(), 100, 60 * second, 10, 0)).toBe(false);
  expect(ends(new Turnover(), 100, 1 * second, 2 * second, 0)).toBe(false);
  const ignored = new Turnover();
  ignored.isIgnored = true;
  expect(ends(ignored, 100, 1 * second, 10, 0)).toBe(false);
});

test("the time for which workers are left alone grows, up to an hour, until they were seen to stay", () => {
  const turnover = new Turnover();
  let now = 1e12;
  const aloneSeconds = (): number => {
    while (!turnover.ended(now, now)) now += 10;
    const seconds = (turnover.untilMillis - now) / 1000;
    expect(turnover.comments(now)).toHaveLength(1);
    expect(turnover.comments(turnover.untilMillis + 1)).toEqual([]);
    now = turnover.untilMillis;
    return seconds;
  };
  expect(Array.from({ length: 9 }, aloneSeconds)).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
  turnover.stayed(5_000);
  expect(aloneSeconds()).toBe(3600);
  turnover.stayed(11_000);
  expect(aloneSeconds()).toBe(30);
});
