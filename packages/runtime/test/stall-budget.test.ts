import { once } from "node:events";
import type { Profile } from "@pprof-ts/profile";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { Sharing } from "../src/agent/budget/sharing.ts";
import { StallBudget } from "../src/agent/budget/stall-budget.ts";
import { fetchProfile } from "./fetch-profile.ts";
import { Program, removeFolder, scratchFolder, TELLS_AWAITS } from "./program.ts";

/** Some 40 MB of small objects, and a function that waits. */
const code = `
  globalThis.kept = [];
  for (let i = 0; i < 250_000; i++) kept.push({ i, name: "k" + i, list: [i] });
  async function waitsForever() { await new Promise((resolve) => kept.push(resolve)); }
  waitsForever();
  process.on("message", (message) => process.send(message));
`;

const folder = scratchFolder();
let program: Program;
let base: string;

afterEach(() => program?.stop());
afterAll(() => removeFolder(folder));

async function begin(env: Record<string, string>): Promise<void> {
  program = Program.registered(code, { cwd: folder, env });
  base = await program.url();
  // The port is there before the program is.
  program.child.send("there?");
  await once(program.child, "message");
}

const profileOf = (query: string): Promise<Profile> => fetchProfile(base + query);

async function answer(query: string): Promise<[status: number, sentence: string, retryAfter: string | null]> {
  const response = await fetch(base + query);
  return [response.status, await response.text(), response.headers.get("retry-after")];
}

const namesOf = ({ functions, strings }: Profile): string[] => Array.from(functions.name, (row) => strings.get(row));

describe("what would hold a thread for longer than a request may", () => {
  test("is left out with a sentence, and done in full", async () => {
    await begin({ PPROF_STALL_BUDGET: "1ms" });
    const sentence =
      /main: what waits for promises of the program alone is left out: finding it would hold the thread for about .*s, for its heap has \d+ MB, and 1 ms are allowed \(stallBudget\); ask for it all the same with full=1/;
    const profile = await profileOf("goroutine");
    const left = TELLS_AWAITS ? sentence : /^main: async functions that wait are left out: /;
    expect(profile.comments).toEqual([expect.stringMatching(left)]);
    // What costs nothing is there: the stack of each thread.
    expect(profile.samples.length).toBe(1);
    for (const debug of [1, 2]) {
      const [status, text] = await answer(`goroutine?debug=${debug}`);
      const said = text.split("\n").filter((line) => line.startsWith("# "));
      expect([status, said.map((line) => line.slice(2))]).toEqual([200, [expect.stringMatching(left)]]);
    }
    const full = await profileOf("goroutine?full=1");
    if (TELLS_AWAITS) expect(namesOf(full)).toContain("waitsForever");
    expect(full.comments.join()).toMatch(/main: finding suspended functions held the thread for \d+ ms/);

    const collected = /garbage was collected as always and not as gc=1 would/;
    expect((await profileOf("heap?gc=1")).comments.join()).toMatch(collected);
    expect((await profileOf("heap?gc=1")).comments.join()).toContain("ask for it all the same with full=1");
    expect((await profileOf("heap?gc=1&full=1")).comments.join()).not.toMatch(collected);

    // There is nothing of it that costs nothing.
    const [status, refusal] = await answer("allocs?seconds=1");
    expect(status).toBe(400);
    expect(refusal).toMatch(/^reading the samples of the heap would hold the thread for about .* with full=1\n$/);
    expect((await profileOf("allocs?seconds=1&full=1")).comments[0]).toContain("all allocations of 1 seconds");
  }, 60_000);

  test("is not done by the recorder, which says so", async () => {
    await begin({
      PPROF_STALL_BUDGET: "1ms",
      PPROF_KEEP: "1m",
      PPROF_KEEP_HEAP: "100ms",
      PPROF_KEEP_GOROUTINE: "100ms",
    });
    // Until the program had its objects, there was room for some.
    const left =
      /^no heap profile of the last 1 seconds was kept; the last one was left out: reading the samples of the/;
    for (let said = ""; !left.test(said); [, said] = await answer("heap?last=1"));
    for (
      let said = "";
      !said.includes(TELLS_AWAITS ? "alone is left out" : "async functions that wait are left out");
    ) {
      said = (await profileOf("goroutine?last=1").catch(() => undefined))?.comments.join() ?? "";
    }
  }, 60_000);
});

test("past what all requests may in a minute, what can be done without is refused for as long as is said", async () => {
  await begin({ PPROF_STALL_BUDGET_PER_MINUTE: "1ms" });
  const profile = await profileOf("goroutine?full=1");
  if (TELLS_AWAITS) expect(namesOf(profile)).toContain("waitsForever");
  const optional = ["goroutine", "goroutine?full=1", "goroutine?debug=2", "goroutine?seconds=1", "heap?gc=1", "allocs"];
  for (const query of optional) {
    const [status, sentence, retryAfter] = await answer(query);
    expect([query, status]).toEqual([query, 429]);
    expect(sentence).toMatch(
      /^profiles have held threads of this program for .*s of the last minute, and 1 ms are allowed \(stallBudgetPerMinute\): ask again in \d+ s\n$/,
    );
    expect(Number(retryAfter)).toBeGreaterThan(30);
  }
  for (const query of ["heap", "heap?seconds=1", "profile?seconds=1", "profile?seconds=1&rate=1000", "mutex"]) {
    expect([query, (await answer(query))[0]]).toEqual([query, 200]);
  }
}, 60_000);

test.for(["heap", "heap?gc=1", "goroutine", "goroutine?full=1"])(
  "ten equal requests at once are few captures of %s: one that had begun, and the next",
  { timeout: 60_000 },
  async (query) => {
    await begin({});
    // On a busy machine some of them come late, and one begins after another.
    for (let captures = 10; captures > 2; ) {
      const profiles = await Promise.all(Array.from({ length: 10 }, () => profileOf(query)));
      captures = new Set(profiles.map(({ timeNanos }) => timeNanos)).size;
    }
    // Those who went away are not waited for, and those who stay are answered.
    const gone = new AbortController();
    const left = Array.from({ length: 3 }, () => fetch(base + query, { signal: gone.signal }).catch(() => undefined));
    const stays = profileOf(query);
    gone.abort();
    expect((await stays).samples.length).toBeGreaterThan(0);
    await Promise.all(left);
  },
);

test("the longest time that may be asked for is bounded", async () => {
  await begin({ PPROF_MAX_SECONDS: "60" });
  for (const query of ["profile?seconds=61", "heap?seconds=61", "allocs?seconds=3600"]) {
    const [status, sentence] = await answer(query);
    expect([query, status]).toEqual([query, 400]);
    expect(sentence).toMatch(
      /^profile duration exceeds the limit: \d+ s is more than 60 s \(maxSeconds, PPROF_MAX_SECONDS\)\n$/,
    );
  }
});

test("limits hold as soon as anything is served, while the program's loop has never turned too", async () => {
  program = Program.registered("for (;;);", { cwd: folder, env: { PPROF_MAX_SECONDS: "60" } });
  base = await program.url();
  expect((await answer("profile?seconds=61"))[0]).toBe(400);
});

test("equal requests share the capture that begins next, and not one that has begun", async () => {
  const sharing = new Sharing();
  const ends: (() => void)[] = [];
  const aborted: boolean[] = [];
  const { signal } = new AbortController();
  const act = async (every: AbortSignal): Promise<number> => {
    const number = ends.length;
    await new Promise<void>((resolve) => ends.push(resolve));
    aborted[number] = every.aborted;
    return number;
  };
  const first = sharing.ask("a", signal, act);
  const beside = sharing.ask("a", signal, act);
  const other = sharing.ask("b", signal, act);
  await Promise.resolve();
  expect(ends.length).toBe(2);
  const gone = new AbortController();
  const left = sharing.ask("a", gone.signal, act);
  left.catch(() => {});
  gone.abort();
  // Whom nobody waits for any more, nobody joins.
  const next = [1, 2, 3].map(() => sharing.ask("a", signal, act));
  for (const end of ends.splice(
    0,
    2,
    () => {},
    () => {},
  ))
    end();
  expect([await first, await beside, await other]).toEqual([0, 0, 1]);
  await expect(left).rejects.toThrow("aborted");
  while (ends.length < 3) await Promise.resolve();
  ends[2]!();
  expect(await Promise.all(next)).toEqual([2, 2, 2]);
  expect(aborted).toEqual([false, false, false]);
  await expect(sharing.ask("a", gone.signal, act)).rejects.toThrow("aborted");
  const failing = sharing.ask("a", signal, () => Promise.reject(new Error("its own")));
  await expect(failing).rejects.toThrow("its own");
});

describe("an estimate", () => {
  const MEGABYTE = 2 ** 20;

  test("is what it has cost in this process, the middle one of the last five", () => {
    const budget = new StallBudget();
    expect(budget.estimate("goroutine", 100 * MEGABYTE)).toBe(2000);
    for (const perMegabyte of [4, 4, 900, 4, 4]) budget.learn("goroutine", 50 * MEGABYTE, 50 * perMegabyte);
    expect(budget.estimate("goroutine", 100 * MEGABYTE)).toBe(400);
    expect(budget.estimate("gc", 100 * MEGABYTE)).toBe(250);
    // What a small heap costs is not its size.
    budget.learn("heap", MEGABYTE, 10);
    expect(budget.estimate("heap", 100 * MEGABYTE)).toBe(100);
  });

  test("within the budget of a request is no excess", () => {
    const budget = new StallBudget();
    expect(budget.excess("goroutine", 12 * MEGABYTE)).toBeUndefined();
    expect(budget.excess("goroutine", 13 * MEGABYTE)).toContain("about 260 ms, for its heap has 13 MB, and 250 ms");
  });

  test("counts until it is known what it was", () => {
    const budget = new StallBudget();
    const first = budget.begin(6_000);
    expect(() => budget.begin(1)).toThrow("6 s of the last minute, and 6 s are allowed");
    first.held(1_000);
    first.held(5_000);
    first.end();
    expect(budget.spentMillis).toBe(5_000);
    budget.begin(1).end();
    const long = budget.begin(0);
    long.held(60_000);
    long.end();
    const refusal = (): unknown => {
      try {
        return budget.begin(1);
      } catch (error) {
        return error;
      }
    };
    // So long that it is a tenth of the time.
    expect(refusal()).toMatchObject({ status: 429, retrySeconds: 600 });
  });
});
