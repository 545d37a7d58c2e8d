import { execFileSync } from "node:child_process";
import path from "node:path";
import { type Profile, readProfile } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, lineOf, Program, removeFolder, scratchFolder, sourceOf, TELLS_AWAITS } from "./program.ts";

let folder: string;
let program: Program;
let base: string;
let dump: string;

beforeAll(async () => {
  folder = scratchFolder();
  const script = compile("waiting", folder, "--sourceMap");
  const pipe = path.join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  program = new Program(["--import", "@pprof-ts/runtime/register", script, pipe], { cwd: folder });
  base = await program.url();
  for (dump = ""; !dump.includes(TELLS_AWAITS ? "fsCall" : "ticks"); ) {
    dump = await text("goroutine?debug=2&full=1");
  }
}, 60_000);

afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

async function text(query: string): Promise<string> {
  return (await fetch(base + query)).text();
}

/** The stacks of the dump in which this function stands, as `[state] function…`. */
function stacksWith(name: string): string[] {
  const blocks = dump.split("\n\n").filter((block) => block.includes(`\n${name}()\n`));
  return blocks.map((block) => {
    const state = /\[(.*)\]/.exec(block)![1]!;
    return `[${state}] ${[...block.matchAll(/^(\S.*)\(\)$/gm)].map(([, frame]) => frame).join(" < ")}`;
  });
}

const major = Number.parseInt(process.versions.node, 10);

describe.skipIf(!TELLS_AWAITS)("what an async function waits for", () => {
  test.for([
    ["waitsForTimer", "[await timer] waitsForTimer"],
    ["waitsForClosure", "[await timer] waitsForClosure"],
    ["awaitsAll", "[await timer] sleeps < Promise.all < awaitsAll"],
    ["readsPipe", "[await fs] read < fsCall < readsPipe"],
    ["waitsForSocket", "[await socket] waitsForSocket"],
    ["waitsForResponse", "[await socket] waitsForResponse"],
    ["fetches", "[await fetch] fetches"],
    // From Node 24 on, the functions that read a body are not awaited one by the other.
    [
      "readsBody",
      major < 24 ? "[await fetch] readAllBytes < fullyReadBody < consumeBody < readsBody" : "[await] readsBody",
    ],
    // Of an emitter that is none of Node's, and of a thread of its pool, Node keeps nothing that leads to the promise.
    ["waitsForEvent", "[await] waitsForEvent"],
    ["hashes", "[await] hashes"],
    ["awaitsReturned", "[await timer] awaitsReturned"],
    // From Node 26 on, what is between a stream and its iteration cannot be followed.
    ["iteratesSocket", major < 26 ? "[await socket] createAsyncIterator < iteratesSocket" : "[await] iteratesSocket"],
    ["awaitsChain", "[await] waitsForPromise < awaitsChain"],
    ["consumes", "[await] waitsForPromise < ticks < consumes"],
  ] as const)("%s: %s", ([name, stack]) => {
    expect(new Set(stacksWith(name))).toEqual(new Set([stack]));
  });

  test("a function that waits once is there once, through then and Promise.all too", () => {
    const once = ["waitsForTimer", "awaitsAll", "awaitsChain", "consumes"];
    for (const name of [...once, "waitsForSocket", "fetches", "readsBody", "awaitsReturned"]) {
      expect([name, ...stacksWith(name)]).toHaveLength(2);
    }
  });

  test("stands at the line of its await", () => {
    const line = lineOf("waiting", "await new Promise<string>");
    expect(dump).toContain(`[await timer]:\nwaitsForClosure()\n\t${sourceOf("waiting")}:${line}\n`);
  });
});

describe.skipIf(!TELLS_AWAITS)("each function is there once", () => {
  test("of those that await one promise together, those that wait for them in turn", () => {
    expect(stacksWith("awaitsShared")).toEqual(Array(2).fill("[await] awaitsShared"));
    expect(stacksWith("sharesPromise")).toEqual([]);
    expect(dump).toContain(
      "\n# main: async functions that await one promise together are there only where others wait",
    );
    // Where nothing leads to what settles it, a promise that follows another one counts as well.
    expect(stacksWith("takesTurn")).toEqual(Array(8).fill("[await] takesTurn"));
    expect(dump).toMatch(/counted once for each/);
  });

  test("and what they wait for", () => {
    expect(stacksWith("loads").sort()).toEqual(["[await timer] loads", "[await timer] loads < races"]);
    expect(stacksWith("races")).toHaveLength(1);
  });
});

test("generators stand at their yield, begun or not", () => {
  const file = sourceOf("waiting");
  expect(stacksWith("counts")).toEqual(["[yield] counts", "[yield] counts"]);
  expect(dump).toContain(`[yield]:\ncounts()\n\t${file}:${lineOf("waiting", "yield 1;\n  yield 2")}\n`);
  expect(dump).toContain(`[yield]:\ncounts()\n\t${file}:${lineOf("waiting", "function* counts")}\n`);
  expect(stacksWith("ticks")).toContain("[yield] ticks");
});

test.skipIf(TELLS_AWAITS)(
  "where V8 could end the process as it tells what waits, that is left out, and this is said",
  async () => {
    for (const query of ["goroutine?debug=2", "goroutine?debug=2&full=1"]) {
      const said = await text(query);
      expect(said).toMatch(/^goroutine 1 \[(idle|running)\]:\n/);
      expect(said).not.toContain("[await");
      expect(said).toContain(
        "\n# main: async functions that wait are left out: the V8 of this Node can end the process as it tells them",
      );
    }
    expect(dump).toContain("\n# main: async generators that stand at an await are among those at a yield");
  },
);

test.skipIf(!TELLS_AWAITS)("the profile says the state, and how long a timer has been waited for", async () => {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const response = await fetch(`${base}goroutine?full=1`);
  const profile: Profile = await readProfile(new Uint8Array(await response.arrayBuffer()));
  const { samples, strings } = profile;
  const rows = Array.from({ length: samples.length }, (_, sample) => {
    const labels: Record<string, string | number> = {};
    for (let row = samples.labelStart[sample]!; row < samples.labelStart[sample + 1]!; row++) {
      const { key, str, num } = samples.labels;
      labels[strings.get(key[row]!)] = str[row] === 0 ? Number(num[row]) : strings.get(str[row]!);
    }
    return labels;
  });
  const timer = rows.find(({ state }) => state === "await timer");
  expect(timer?.waited).toBeGreaterThanOrEqual(1);
  expect(new Set(rows.map(({ thread }) => thread))).toEqual(new Set(["main"]));
  expect(profile.comments.some((comment) => /^main: finding .* held the thread for \d+ ms$/.test(comment))).toBe(true);
});

test("asking leaves nothing behind, and what waited goes on", async () => {
  const stop = new Program(
    [
      "--input-type=module",
      "--eval",
      `import { lookup } from "@pprof-ts/runtime";
       import { setTimeout as sleep } from "node:timers/promises";
       async function works() { await sleep(1500); return "worked"; }
       const working = works();
       let settled = false;
       let settle;
       const shared = new Promise((resolve) => { settle = resolve; });
       void shared.then(() => { settled = true; });
       for (let i = 0; i < 3; i++) await lookup("goroutine").writeTo(undefined, 2);
       const early = settled;
       settle("value");
       console.log(await working, await shared, early);`,
    ],
    { cwd: folder },
  );
  const { code, stdout, stderr } = await stop.ended;
  expect([code, stdout, stderr]).toEqual([0, "worked value false\n", ""]);
});

test.skipIf(!TELLS_AWAITS)(
  "a heap above the limit is searched only when asked, and the rest is served",
  async () => {
    const large = Program.registered(
      `async function waits() { await new Promise((resolve) => setTimeout(resolve, 1e8)); }
     async function waitsForOthers() { await globalThis.promise; }
     globalThis.promise = new Promise(() => {});
     void waitsForOthers();
     globalThis.large = Array.from({ length: 12 }, () => new Array(3e6).fill(1.5));
     void waits();
     console.error("ready");`,
      { cwd: folder, env: { PPROF_STALL_BUDGET: "250ms" } },
    );
    try {
      const url = await large.url();
      await large.saw(/ready/);
      const cheap = await (await fetch(`${url}goroutine?debug=2`)).text();
      expect(cheap).toMatch(/^goroutine 1 \[(idle|running)\]:\n/);
      expect(cheap).toMatch(
        /# main: what waits for promises of the program alone is left out: finding it would hold the thread for about .*full=1/,
      );
      expect(cheap).toContain("[await timer]:\nwaits()\n");
      expect(cheap).not.toContain("waitsForOthers()");
      const full = await (await fetch(`${url}goroutine?debug=2&full=1`)).text();
      expect(full).toContain("[await timer]:\nwaits()\n");
      expect(full).toContain("[await]:\nwaitsForOthers()\n");
    } finally {
      await large.stop();
    }
  },
  60_000,
);

test.skipIf(!TELLS_AWAITS)("the dump says for how many minutes", async () => {
  // The clock of the timers is the loop's, so a process that was stopped has waited as well: here the timer is told so.
  const old = Program.registered(
    `async function waits() {
       await new Promise((resolve) => { setTimeout(resolve, 1e8)._idleStart -= 5 * 60_000; });
     }
     void waits();
     console.error("ready");`,
    { cwd: folder },
  );
  try {
    const url = await old.url();
    await old.saw(/ready/);
    expect(await (await fetch(`${url}goroutine?debug=2`)).text()).toMatch(
      /\ngoroutine \d+ \[await timer, 5 minutes\]:\nwaits\(\)\n/,
    );
  } finally {
    await old.stop();
  }
});
