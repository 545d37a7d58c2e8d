import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Profile, readProfile, toNumbers } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchProfile } from "./fetch-profile.ts";
import { compile, lineOf, Program, removeFolder, scratchFolder, sourceOf, TELLS_AWAITS } from "./program.ts";
import { flatOf, stacksOf } from "./stacks.ts";

let folder: string;
let script: string;
let program: Program;
let base: string;

beforeAll(async () => {
  folder = scratchFolder();
  script = compile("everything", folder, "--sourceMap");
  [program, base] = await begin();
});

async function begin(): Promise<[Program, string]> {
  const begun = new Program(["--import", "@pprof-ts/runtime/register", script], { cwd: folder });
  const url = await begun.url();
  // The program says "ready" on the same channel; what it sent before this is kept until somebody listens.
  await untilFound(() => text("open_files?debug=1", url), /open_files profile: total 1/);
  return [begun, url];
}

afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

async function text(query: string, url = base): Promise<string> {
  return (await fetch(url + query)).text();
}

const profileOf = (query: string, url = base): Promise<Profile> => fetchProfile(url + query);

async function untilFound(read: () => Promise<string>, pattern: RegExp): Promise<string> {
  for (;;) {
    const found = await read();
    if (pattern.test(found)) return found;
    await sleep(50);
  }
}

/** Tells the program to do something; resolves when it begins, and `done` when it is done. */
async function deed(name: string, { child } = program): Promise<{ done: Promise<void> }> {
  const said = async (word: string): Promise<void> => {
    for (;;) if ((await once(child, "message"))[0] === word) return;
  };
  const begins = said(`begins ${name}`);
  const done = said(`done ${name}`);
  child.send(name);
  await begins;
  return { done };
}

const lineAt = (needle: string): string => `${sourceOf("everything")}:${lineOf("everything", needle)}`;

describe("goroutine", () => {
  test.skipIf(!TELLS_AWAITS)(
    "has every suspended async function with the line of its await and its awaiters",
    async () => {
      const stacks = stacksOf(await profileOf("goroutine"));
      expect(stacks).toContainEqual({
        values: [1],
        frames: [`fetchOrder ${lineAt("await never")}`, `checkout ${lineAt("await fetchOrder()")}`],
      });
      const all = stacks.find(({ frames }) => frames.some((frame) => frame.startsWith("waitForAll")));
      expect(all?.frames[0]).toBe("Promise.all :0");
      // The outer functions' promises are pending as well, but it is the inner ones that wait.
      expect(stacks.some(({ frames }) => frames[0]?.startsWith("checkout"))).toBe(false);
    },
  );

  test("debug=2 reads as a Go stack dump", async () => {
    const dump = await text("goroutine?debug=2");
    expect(dump).toMatch(/^goroutine 1 \[(running|idle)\]:\n/);
    // What the parsers of such dumps take: a header, and pairs of lines until an empty one.
    const blocks = dump.split("\n\n").filter((block) => !block.startsWith("# "));
    for (const block of blocks) {
      expect(`${block.trimEnd()}\n`).toMatch(/^goroutine \d+ \[[^\],]+(, \d+ minutes)?\]:\n(\S.*\(\)\n\t.+:\d+\n)+$/);
    }
    if (!TELLS_AWAITS) return;
    expect(dump).toContain(
      `[await]:\nfetchOrder()\n\t${lineAt("await never")}\ncheckout()\n\t${lineAt("await fetchOrder()")}\n`,
    );
  });
});

describe("profile", () => {
  test("has the samples of worker threads, labelled by thread, and not those of the profiler", async () => {
    const profile = await profileOf("profile?seconds=2");
    const threads = new Set(Array.from(profile.samples.labels.str, (row) => profile.strings.get(row)));
    expect([...threads].some((thread) => thread.includes("hasher"))).toBe(true);
    expect([...threads].some((thread) => thread.includes("pprof"))).toBe(false);
    expect(profile.functions.length).toBeGreaterThan(0);
    expect(stacksOf(profile).some(({ frames }) => frames.some((frame) => frame.startsWith("workerBusy")))).toBe(true);
  });

  test("works while the event loop is blocked for 20 seconds", async () => {
    const [blocked, url] = await begin();
    try {
      const { done } = await deed("spin", blocked);
      const end = done.then(() => "the 20 seconds are over");
      const profile = await profileOf("profile?seconds=3", url);
      expect([...flatOf(profile, "cpu")].sort(([, a], [, b]) => b.value - a.value)[0]![0]).toBe("spin");
      expect(await text("goroutine?debug=2", url)).toContain(`spin()\n\t${sourceOf("everything")}:`);
      expect(await Promise.race([end, "not yet"])).toBe("not yet");
    } finally {
      await blocked.stop();
    }
  });
});

describe("heap", () => {
  test("finds what leaks, and explains the resident memory", async () => {
    // One object in each 512 KiB is sampled: of 3 MB sometimes none.
    for (let i = 0; i < 4; i++) await (await deed("leak")).done;
    const profile = await profileOf("heap?gc=1");
    expect(profile.sampleTypes.map(({ type }) => type)).toEqual(["inuse_objects", "inuse_space"]);
    const flat = flatOf(profile, "inuse_space");
    expect(flat.get("leak")?.value).toBeGreaterThan(500_000);
    expect(flat.get("leak")?.file).toBe(sourceOf("everything"));
    const total = toNumbers(profile.samples.values[1]!).reduce((sum, value) => sum + value, 0);
    expect(total).toBeGreaterThan(30e6);
    expect(flat.get("(native: malloc, stacks)")?.value).toBeGreaterThan(0);
  });

  test("as a delta has what was gained", async () => {
    let waits = true;
    const delta = profileOf("heap?seconds=1").finally(() => {
      waits = false;
    });
    while (waits) await (await deed("leak")).done.then(() => sleep(100));
    const profile = await delta;
    expect(flatOf(profile, "inuse_space").get("leak")?.value).toBeGreaterThan(500_000);
    expect(Number(profile.durationNanos)).toBeGreaterThanOrEqual(1e9);
  });

  test("allocs counts the dead as well", async () => {
    const response = await fetch(`${base}allocs?seconds=1`);
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="allocs-delta"');
    const profile = await readProfile(new Uint8Array(await response.arrayBuffer()));
    expect(profile.sampleTypes.map(({ type }) => type)).toEqual([
      "alloc_objects",
      "alloc_space",
      "inuse_objects",
      "inuse_space",
    ]);
    expect(profile.comments[0]).toContain("all allocations of 1 seconds");
  });
});

test("a client that goes away ends what samples for it, and what waits for its turn", async () => {
  const heapSampler = async (): Promise<string> => {
    const index = await fetch(base, { headers: { accept: "application/json" } });
    return ((await index.json()) as { samplers: { heap: string } }).samplers.heap;
  };
  const client = new AbortController();
  const asked = [
    "allocs?seconds=600",
    "allocs?seconds=600",
    "allocs",
    "heap",
    "heap?seconds=600",
    "goroutine?seconds=600",
  ];
  const ends = asked.map((query) => fetch(base + query, { signal: client.signal }).catch((error: Error) => error.name));
  await untilFound(heapSampler, /all allocations/);
  client.abort();
  expect((await Promise.all(ends)).filter((end) => end === "AbortError").length).toBeGreaterThanOrEqual(4);
  await untilFound(heapSampler, /live objects/);
  expect(await text("heap?debug=1")).toMatch(/^heap profile: /);
});

test("block has what held the event loop, JavaScript and synchronous calls", async () => {
  for (const [name, leaf] of [
    ["hold", "spin"],
    ["hash", "pbkdf2Sync"],
  ] as const) {
    // The agent may have no processor while the loop is held: then it is held again.
    for (let nanos = 0; nanos < 150e6; nanos = flatOf(await profileOf("block"), "delay").get(leaf)?.value ?? 0) {
      await (await deed(name)).done;
      await sleep(50);
    }
  }
  expect(await text("block?debug=1")).toMatch(/^--- contention:\ncycles\/second=1000000000\n\d+ \d+ @ 0x/);
});

test("mutex has the stacks that held a contended lock", async () => {
  await (await deed("lock")).done;
  const stacks = stacksOf(await profileOf("mutex"));
  // How far V8 can follow the awaits outwards differs from one holder to the next.
  const held = stacks.filter(({ frames }) => frames[0] === `holdLock ${lineAt("release();")}`);
  expect(held.reduce((sum, { values }) => sum + values[0]!, 0)).toBe(2);
  expect(held.reduce((sum, { values }) => sum + values[1]!, 0)).toBeGreaterThan(30e6);
});

test("threadcreate has the stack that made the worker, and only that", async () => {
  const stacks = stacksOf(await profileOf("threadcreate"));
  expect(stacks.map(({ values }) => values)).toEqual([[1]]);
  expect(stacks[0]!.frames).toContain(`(module everything.ts) ${lineAt("new Worker(new URL")}`);
});

test("a profile of the program's own is served by its name", async () => {
  const stacks = stacksOf(await profileOf("open_files"));
  expect(stacks.map(({ values, frames }) => [values, frames[0]])).toEqual([[[1], `openFile ${lineAt("files.add")}`]]);
  const index = await (await fetch(base, { headers: { accept: "application/json" } })).json();
  expect(index.profiles).toContainEqual({ name: "open_files", description: "", count: 1 });
});

test("symbol names the addresses of the text formats", async () => {
  const address = /(0x[0-9a-f]+)\topenFile/.exec(await text("open_files?debug=1"))![1]!;
  const symbols = `num_symbols: 1\n${address} openFile\n`;
  expect(await text(`symbol?${address}`)).toBe(symbols);
  const posted = await fetch(`${base}symbol`, { method: "POST", body: `0x1+${address}+nonsense` });
  expect(await posted.text()).toBe(symbols);
});

test("cmdline is the command line, separated by NULs", async () => {
  const parts = (await text("cmdline")).split("\0");
  expect(parts).toEqual([
    process.execPath,
    "--import",
    "@pprof-ts/runtime/register",
    path.join(folder, "everything.js"),
  ]);
});

test.for([
  ["heap?seconds=0", 400, 'invalid value for "seconds" - must be a positive integer'],
  ["heap?seconds=x", 400, 'invalid value for "seconds" - must be a positive integer'],
  ["heap?seconds=1&debug=1", 400, "seconds and debug params are incompatible"],
  ["open_files?seconds=1", 400, '"seconds" parameter is not supported for this profile type'],
  ["no_such", 404, "Unknown profile"],
  [
    "trace?seconds=1e9",
    400,
    "profile duration exceeds the limit: 1000000000 s is more than 3600 s (maxSeconds, PPROF_MAX_SECONDS)",
  ],
  ["profile?rate=0.5", 400, 'invalid value for "rate" - must be samples a second, from 1 to 10000'],
] as const)("%s is refused with %i", async ([query, status, sentence]) => {
  const response = await fetch(base + query);
  expect([response.status, await response.text()]).toEqual([status, `${sentence}\n`]);
  expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(response.headers.get("x-go-pprof")).toBe("1");
  expect(response.headers.get("content-disposition")).toBeNull();
});

test("only GET and HEAD, and POST for symbols", async () => {
  const response = await fetch(`${base}heap`, { method: "POST" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  const head = await fetch(`${base}cmdline`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test.for(["block", "goroutine", "heap", "mutex", "threadcreate", "open_files"])(
  "the text of %s is read back",
  async (name) => {
    const profile = await readProfile(new TextEncoder().encode(await text(`${name}?debug=1`)));
    expect(profile.samples.length).toBeGreaterThan(0);
  },
);
