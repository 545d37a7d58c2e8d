import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { checkGoTrace, readProfile, toNumbers } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goToolTrace, withoutGoTrace } from "../../../profile/test/trace/go-tool.ts";
import { Program, removeFolder, scratchFolder } from "../program.ts";

const SCRIPT = fileURLToPath(new URL("../programs/traced.mjs", import.meta.url));

let folder: string;
let program: Program;
let base: string;
let server: string;

beforeAll(async () => {
  folder = scratchFolder();
  program = new Program(["--import", "@pprof-ts/runtime/register", SCRIPT], { cwd: path.dirname(SCRIPT) });
  base = await program.url();
  await sleep(100);
  server = `http://127.0.0.1:${await program.deed("port")}`;
});

afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

/** Once the program notes what happens. */
async function begun(): Promise<void> {
  while (((await program.deed("state")) as { heard: string[] }).heard.length === 0) await sleep(20);
}

/** A trace; of what is done meanwhile it has all, however long a busy machine takes for that. */
async function traceOf(query: string, meanwhile?: () => Promise<unknown>): Promise<Uint8Array> {
  const answer = fetch(`${base}trace?${query}`);
  let isOver = false;
  void answer.then(() => (isOver = true));
  if (meanwhile !== undefined) {
    await begun();
    await meanwhile();
    if (isOver) return traceOf(query, meanwhile);
  }
  const response = await answer;
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="trace"');
  expect(response.headers.get("content-type")).toBe("application/octet-stream");
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect(checkGoTrace(bytes)).toBeUndefined();
  return bytes;
}

const ask = async (url: string): Promise<string> => (await fetch(server + url)).text();

/** The milliseconds of a derived profile by the root of each stack. */
async function derived(kind: string, bytes: Uint8Array): Promise<Record<string, number>> {
  const { samples, locations, functions, strings } = await readProfile(goToolTrace(`-pprof=${kind}`, bytes).output);
  const sums: Record<string, number> = {};
  for (const [i, nanos] of toNumbers(samples.values[1]!).entries()) {
    const end = samples.locationStart[i + 1]!;
    if (end === samples.locationStart[i]) continue;
    const line = locations.lineStart[samples.locations[end - 1]!]!;
    const name = strings.get(functions.name[locations.lines.function[line]!]!);
    sums[name] = (sums[name] ?? 0) + nanos / 1e6;
  }
  return sums;
}

/** The events of a parsed dump of this kind: of each the first line. */
function eventsOf(text: string, kind: string): string[] {
  return text.split("\n").filter((line) => line.includes(` ${kind} `));
}

const skipped = withoutGoTrace === undefined ? "" : ` (skipped: ${withoutGoTrace})`;

describe.skipIf(skipped !== "")(`a cheap trace of a server, by go tool trace${skipped}`, () => {
  let bytes: Uint8Array;
  let text: string;

  beforeAll(async () => {
    bytes = await traceOf("seconds=6&level=L", async () => {
      for (const url of ["/burn/1", "/burn/2", "/sleep/1", "/sleep/2", "/sleep/3", "/fetch/1", "/get/1", "/collect"])
        await ask(url);
    });
    const { output, error } = goToolTrace("-d=parsed", bytes);
    expect(error).toBe("");
    text = output.toString();
  });

  test("each request and each call is a task, by its route or its server", async () => {
    const tasks = eventsOf(text, "TaskBegin").map((line) => /Type="([^"]*)"/.exec(line)![1]!);
    const upstream = await program.deed("upstream");
    const counts = Object.fromEntries(
      [...new Set(tasks)].map((name) => [name, tasks.filter((one) => one === name).length]),
    );
    expect(counts).toEqual({
      "GET /burn/:id": 2,
      "GET /sleep/:id": 3,
      "GET /fetch/:id": 1,
      "GET /get/:id": 1,
      "GET /collect": 1,
      "GET /price/:id": 1,
      "GET /stock": 1,
      [`GET 127.0.0.1:${upstream}`]: 2,
    });
    expect(eventsOf(text, "TaskEnd")).toHaveLength(tasks.length);
    expect(eventsOf(text, "Log").filter((line) => line.includes('Category="status" Message="200"'))).toHaveLength(
      tasks.length,
    );
  });

  test("waits are as long as what was waited for", async () => {
    const upstream = `GET 127.0.0.1:${await program.deed("upstream")}`;
    const net = await derived("net", bytes);
    expect(Object.keys(net)).toEqual([upstream]);
    // Of 60 and 80 ms by timers, which begin with their turn of the loop: on a busy machine, that has gone on for some time.
    expect(net[upstream]).toBeGreaterThan(2 * 40);
    const sync = await derived("sync", bytes);
    expect(sync["GET /sleep/:id"]).toBeGreaterThan(3 * 55);
    expect(sync["GET /fetch/:id"]).toBeGreaterThan(40);
    expect(await derived("syscall", bytes)).toEqual({});
  });

  test("what holds the loop runs as its request, by samples too", () => {
    const samples = text.split(/\n(?=M=)/).filter((event) => / StackSample /.test(event) && event.includes("\tburn @"));
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.filter((event) => event.includes("GET /burn/:id @")).length).toBe(samples.length);
  });

  test("collections stop the world, and the heap has a size", () => {
    expect(eventsOf(text, "RangeBegin").some((line) => line.includes("stop-the-world (GC scavenge)"))).toBe(true);
    expect(eventsOf(text, "Metric").length).toBeGreaterThan(3);
  });
});

describe.skipIf(skipped !== "")(`an exact trace, by go tool trace${skipped}`, () => {
  let bytes: Uint8Array;
  let events: string[];

  beforeAll(async () => {
    bytes = await traceOf("seconds=6&level=E", async () => {
      for (const url of ["/file/1", "/sleep/1", "/late/1", "/task/1", "/fetch/1"]) await ask(url);
    });
    const { output, error } = goToolTrace("-d=parsed", bytes);
    expect(error).toBe("");
    events = output.toString().split(/\n(?=M=)/);
  });

  /** Why a request's goroutine has waited, and for what. */
  const waitsOf = (route: string): string[] =>
    events
      .filter((event) => event.includes("Running->Waiting") && event.includes(`\t${route} @`))
      .map((event) => `${/Reason="([^"]*)"/.exec(event)![1]} ${/\t(.*) @/.exec(event)![1]}`);

  test("a request says what it has waited for", async () => {
    expect(waitsOf("GET /file/:id")).toContain("chan receive (file)");
    expect(waitsOf("GET /sleep/:id")).toContain("sleep (timer)");
    const upstream = `GET 127.0.0.1:${await program.deed("upstream")}`;
    expect(waitsOf("GET /fetch/:id")).toContain(`select ${upstream}`);
    expect(Object.keys(await derived("net", bytes))).toContain(upstream);
  });

  test("a timer that is late waits for the loop", async () => {
    // It was due after 30 ms, in 100 that somebody else had.
    expect((await derived("sched", bytes))["GET /late/:id"]).toBeGreaterThan(20);
  });

  test("tasks, regions and logs of the program are of the request, across awaits", () => {
    const find = (pattern: RegExp): string[] =>
      events.filter((event) => pattern.test(event)).map((event) => event.split("\n")[0]!);
    const [request] = find(/ TaskBegin .*Type="GET \/task\/:id"/);
    const [task, ...others] = find(/ TaskBegin .*Type="checkout"/);
    expect(others).toEqual([]);
    expect(/Parent=(\d+)/.exec(task!)![1]).toBe(/ ID=(\d+)/.exec(request!)![1]);
    const id = / ID=(\d+)/.exec(task!)![1];
    expect(find(/ TaskEnd .*Type="checkout"/)).toHaveLength(1);
    for (const kind of ["Begin", "End"]) {
      expect(find(new RegExp(` Region${kind} .*Task=${id} Type="parse"`))).toHaveLength(1);
      expect(find(new RegExp(` Region${kind} .*Task=${id} Type="query"`))).toHaveLength(2);
    }
    expect(find(new RegExp(` Log .*Task=${id} Category="query" Message="(one|two)"`))).toHaveLength(2);
    const burning = events.filter(
      (event) => / StackSample /.test(event) && /\tparse @|\tburn @/.test(event) && event.includes("\tcheckout @"),
    );
    expect(burning.length).toBeGreaterThan(0);
  });
});

test("other viewers have formats of their own", async () => {
  const chrome = await fetch(`${base}trace?seconds=0.5&format=chrome`);
  expect(chrome.headers.get("content-disposition")).toBe('attachment; filename="trace.json"');
  const { traceEvents } = (await chrome.json()) as {
    traceEvents: { ph: string; name: string; args: { value: number } }[];
  };
  const counters = new Map(traceEvents.filter(({ ph }) => ph === "C").map(({ name, args }) => [name, args.value]));
  // What the process holds is more than its heap.
  expect(counters.get("resident memory")).toBeGreaterThan(10 * 2 ** 20);
  expect(counters.get("event loop utilization, %")).toBeLessThanOrEqual(100);
  const perfetto = await fetch(`${base}trace?seconds=0.2&format=perfetto`);
  expect(perfetto.headers.get("content-disposition")).toBe('attachment; filename="trace.pftrace"');
  // A packet after the other.
  expect(new Uint8Array(await perfetto.arrayBuffer())[0]).toBe(0x0a);
  const none = await fetch(`${base}trace?format=x`);
  expect([none.status, await none.text()]).toEqual([
    400,
    'invalid value for "format" - must be one of go, chrome, perfetto\n',
  ]);
});

test("a level that is none is refused", async () => {
  const response = await fetch(`${base}trace?level=X`);
  expect([response.status, await response.text()]).toEqual([400, 'invalid value for "level" - must be L or E\n']);
});

test("the program traces itself, and is as it was outside of that", async () => {
  const { bytes, ...said } = (await program.deed("own")) as { readonly bytes: string };
  expect(said).toEqual({
    before: false,
    outside: 5,
    again: "tracing is already enabled",
    results: [true, 7],
    thrown: "own",
    none: "tracing is not enabled",
    after: false,
  });
  expect(checkGoTrace(Buffer.from(bytes, "latin1"))).toBeUndefined();
  expect(bytes).toContain("inside");
  expect(bytes).not.toContain("outside");
});

test("one at a time; what is no duration means one second, and a part of one is a duration", async () => {
  const first = traceOf("seconds=3");
  await begun();
  const second = await fetch(`${base}trace`);
  expect([second.status, await second.text()]).toEqual([500, "Could not enable tracing: tracing is already enabled\n"]);
  await first;
  for (const query of ["seconds=0.1", "seconds=-1", "seconds=x"]) await traceOf(query);
  const late = await fetch(`${base}trace?seconds=1e9`);
  expect(late.status).toBe(400);
});

test("a client that goes away ends it, and nothing of it is left", async () => {
  const before = await program.deed("state");
  const gone = new AbortController();
  const asked = fetch(`${base}trace?seconds=60`, { signal: gone.signal }).catch(() => "gone");
  await expect.poll(() => program.deed("state")).not.toEqual(before);
  const open = ask("/hang/1").catch(() => {});
  gone.abort();
  expect(await asked).toBe("gone");
  await expect.poll(() => program.deed("state")).toEqual(before);
  // The thread that takes traces still has to read what was noted.
  await expect.poll(async () => (await fetch(`${base}trace?seconds=0.1`)).status).toBe(200);
  await expect.poll(() => program.deed("state")).toEqual(before);
  void open;
});

test("before the first trace and after the last one nothing is heard, hooked or observed, and no immediate waits", async () => {
  const flags = ["--expose-internals", "--import", "@pprof-ts/runtime/register"];
  const fresh = new Program([...flags, SCRIPT], { cwd: path.dirname(SCRIPT) });
  try {
    const profiles = await fresh.url();
    await sleep(100);
    const off = { heard: [], resources: 0, hooked: false, observed: false };
    expect(await fresh.deed("state")).toMatchObject(off);
    for (const level of ["L", "E"]) {
      const asked = fetch(`${profiles}trace?seconds=0.5&level=${level}`);
      await expect.poll(() => fresh.deed("state")).toMatchObject({ hooked: level === "E", observed: true });
      await (await asked).arrayBuffer();
      await expect.poll(() => fresh.deed("state")).toMatchObject(off);
    }
  } finally {
    await fresh.stop();
  }
});

test("a loop that is held is sampled all the same", { retry: 2 }, async () => {
  const held = program.deed("burn");
  await sleep(200);
  const response = await fetch(`${base}trace?seconds=0.3`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect(checkGoTrace(bytes)).toBeUndefined();
  const text = Buffer.from(bytes).toString("latin1");
  expect(text).toContain("burn");
  expect(text).toContain("the event loop did not turn: there are samples alone");
  await held;
});

test.each(["process.exit(0)", "clearInterval(work)", "process.kill(process.pid, 'SIGTERM')"])(
  "a program that ends by %s answers with what there is",
  // Its end waits for 180 ms, in which a busy machine may do nothing.
  { retry: 4 },
  async (ends) => {
    const code = `const work = setInterval(() => {}, 10); process.on("SIGUSR2", () => { ${ends}; });`;
    const ending = Program.registered(code, { cwd: folder });
    const asked = fetch(`${await ending.url()}trace?seconds=60`);
    await sleep(800);
    ending.child.kill("SIGUSR2");
    const answer = await asked;
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([answer.status, checkGoTrace(bytes)]).toEqual([200, undefined]);
    expect(bytes.toString("latin1")).toMatch(/partial: the program ended after \d+\.\d of 60 seconds/);
    const { stderr } = await ending.ended;
    expect(stderr.replace(/pprof: serving profiles at .*\n/, "")).toBe("");
  },
);

test("the index says what it is", async () => {
  expect(await (await fetch(base)).text()).toContain("A trace of execution of the main thread, for go tool trace.");
});
