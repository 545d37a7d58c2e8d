import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { readProfile, readTrace, traceFormats } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { rounds } from "../../profile/test/trace/rounds.ts";
import { directory, pprof, serve } from "./tool.ts";

const traced = rounds(25);
const [go, chrome, perfetto] = traceFormats.map((format) => format.write(traced));
const files = {
  "trace.out": go!,
  "trace.json": chrome!,
  "trace.gz": gzipSync(go!),
  "trace.pftrace": perfetto!,
  "cut.out": go!.slice(0, -30),
};

const lines = (text: string): string[] => text.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, "  "));

test("the summary has the loop's load, requests by route, the longest turns and the waits", async () => {
  using made = directory(files);
  const { status, stdout, stderr } = await pprof(["trace", "trace.out"], { cwd: made.path });
  expect([status, stderr]).toEqual([0, ""]);
  expect(lines(stdout)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^Event loop: ran for 1\.27s \(5\d\.\d%\)$/),
      "Garbage collection: 25 stops, 25ms (1.0%)",
      "25  41ms  41ms  41ms  41ms  275ms  0  50ms  125ms  575ms  101  GET /item/:id",
      "25  500ms  GET /item/:id  network: query app.js:7",
      "25  75ms  GET /item/:id  sync: lock app.js:7",
      "25  125ms  GET /item/:id  waits to run",
      "25  75ms  event loop  waits to run",
      "25  75ms  3ms  parse",
    ]),
  );
  expect(stdout).toMatch(/ 25ms {2}event loop {2}event loop +1 GET \/item\/:id\n/);
});

test("each view by itself, as text, JSON and CSV, in so many rows", async () => {
  using made = directory(files);
  const run = async (...words: string[]): Promise<string> => {
    const { status, stdout, stderr } = await pprof(["trace", ...words], { cwd: made.path });
    expect([status, stderr]).toEqual([0, ""]);
    return stdout;
  };
  expect(lines(await run("-tasks", "trace.gz"))).toEqual([
    "count  p50  p90  p99  max  running  gc  syscall  ready  waiting  slowest  task",
    "25  41ms  41ms  41ms  41ms  275ms  0  50ms  125ms  575ms  101  GET /item/:id",
    "",
  ]);
  expect((await run("-turns", "-nodecount=3", "trace.out")).split("\n")).toHaveLength(5);
  const [task] = JSON.parse(await run("-tasks", "-json", "trace.out"));
  expect(task).toMatchObject({ name: "GET /item/:id", count: 25, open: 0 });
  expect(Object.keys(JSON.parse(await run("-json", "trace.out")))).toContain("lanes");
  const csv = (await run("-waits", "-csv", "trace.out")).split("\n");
  expect(csv[0]).toBe("count,total_ns,of,for");
  expect(csv.some((line) => /^25,5000000\d\d,GET \/item\/:id,network: query app.js:7$/.test(line))).toBe(true);
});

test("one task says what it did, one after the other, and one that is none is a sentence", async () => {
  using made = directory(files);
  const story = await pprof(["trace", "-task=101", "trace.out"], { cwd: made.path });
  expect(lines(story.stdout)).toEqual(
    expect.arrayContaining([
      "Task 101: GET /item/:id",
      "It began at 100ms and took 41ms",
      "10ms  20ms  waited for  network: query app.js:7  GET /item/:id",
      "36ms  2ms  in a system call",
      "2ms  url  /item/1",
    ]),
  );
  const { steps, parts, logs } = JSON.parse(
    (await pprof(["trace", "-task=101", "-json", "trace.out"], { cwd: made.path })).stdout,
  );
  expect([steps.length > 3, Array.isArray(parts), Array.isArray(logs)]).toEqual([true, true, true]);
  for (const words of [["-task=x"], ["-task=7000"], ["-task=101", "-waits"], ["-task=101", "-csv"]]) {
    const { status, stderr } = await pprof(["trace", ...words, "trace.out"], { cwd: made.path });
    expect([words, status, stderr.split("\n").length]).toEqual([words, 2, 2]);
  }
});

test("a shell shows what its lines ask for, and goes on after one that is none", async () => {
  using made = directory(files);
  const input = "tasks\n\nwaits 2 json\ntask 101\nawait top\nnothing\ntask x\nhelp\nturns csv 1\nquit\nregions\n";
  const { status, stdout, stderr } = await pprof(["trace", "-shell", "trace.out"], { cwd: made.path, input });
  expect(status).toBe(0);
  for (const part of [
    "slowest  task",
    '"what": "network: query app.js:7"',
    "Task 101: GET /item/:id",
    "500ms 86.96%",
    "at_ns,",
  ]) {
    expect(stdout).toContain(part);
  }
  // It was behind the end.
  expect(stdout).not.toContain("region");
  for (const part of ['unknown command "-nothing"', 'invalid task "x"', "pprof trace -tasks trace.out"]) {
    expect(stderr).toContain(part);
  }
});

test("what came can be saved as it came", async () => {
  using made = directory(files);
  const { status, stdout, stderr } = await pprof(["trace", "-save=saved.out", "trace.out"], { cwd: made.path });
  expect([status, stdout, stderr]).toEqual([0, "", "Saving trace in saved.out\n"]);
  expect(readFileSync(path.join(made.path, "saved.out"))).toEqual(Buffer.from(go!));
});

test("where tasks waited, for the loop too, and what held it, are profiles as well", async () => {
  using made = directory(files);
  const top = async (name: string): Promise<string[]> =>
    lines((await pprof(["trace", `-pprof=${name}`, "-top", "trace.out"], { cwd: made.path })).stdout);
  expect(await top("await")).toEqual(
    expect.arrayContaining([expect.stringMatching(/^500ms .* query$/), expect.stringMatching(/^75ms .* lock$/)]),
  );
  // Each request waits 5 ms where it has the network's answer; runs of 9 ms and more are long ones.
  expect(await top("loopwait")).toContainEqual(expect.stringMatching(/^125ms .* query$/));
  const held = await top("loopblock");
  expect(held).toContainEqual(expect.stringMatching(/^250ms .* parse$/));
  expect(held).toContainEqual(expect.stringMatching(/^850ms .* event loop$/));
});

test("the profiles that it holds are those of go tool trace, for any report", async () => {
  using made = directory(files);
  const top = await pprof(["trace", "-pprof=net", "-top", "trace.out"], { cwd: made.path });
  expect(lines(top.stdout)).toContain("500ms  100%  100%  500ms  100%  query");
  const written = await pprof(["trace", "-pprof=sync", "-output=sync.pb.gz", "trace.out"], { cwd: made.path });
  expect(written.status).toBe(0);
  const again = await pprof(["-top", "sync.pb.gz"], { cwd: made.path });
  expect(again.stdout).toContain("lock");
});

test("slices of Chrome's traces and Perfetto's are read where there are no CPU samples", async () => {
  using made = directory(files);
  for (const file of ["trace.json", "trace.pftrace"]) {
    const { stdout } = await pprof(["trace", "-regions", file], { cwd: made.path });
    expect([file, lines(stdout).some((line) => /^(50|75) .* GET \/item\/:id$/.test(line))]).toEqual([file, true]);
  }
  const asProfile = await pprof(["-top", "trace.json"], { cwd: made.path });
  expect(asProfile.stderr).toContain("the trace holds no CPU samples: pprof trace reads it");
});

test("of a file that is cut what is whole is shown, and what cannot be read is a sentence", async () => {
  using made = directory({ ...files, "no.out": "hello" });
  const cut = await pprof(["trace", "-tasks", "cut.out"], { cwd: made.path });
  expect(cut.stderr).toMatch(/^cut\.out: the rest is not read: malformed trace: /);
  expect(lines(cut.stdout)[1]).toMatch(/^20 .* GET \/item\/:id$/);
  const wrong = async (...words: string[]): Promise<unknown> => {
    const { status, stderr } = await pprof(["trace", ...words], { cwd: made.path });
    return [status, stderr.trim()];
  };
  expect(await wrong("no.out")).toEqual([
    2,
    "pprof: no.out: parsing trace: it is no trace of Go's, nor of Perfetto's, nor one in Chrome's JSON",
  ]);
  expect(await wrong("none.out")).toEqual([2, "pprof: none.out: no such file or directory"]);
  expect(await wrong("-pprof=x", "trace.out")).toEqual([
    2,
    'pprof: unknown profile "x": must be one of net, sync, syscall, sched, await, loopwait, loopblock, cpu',
  ]);
  for (const flag of ["-http=:", "-html=page.html"]) {
    const said = "-http and -html show a trace without the word trace: pprof -http=: FILE, pprof -html=PAGE FILE";
    expect(await wrong(flag, "-pprof=net", "trace.out")).toEqual([2, `pprof: ${said}`]);
    expect(await wrong(flag, "trace.out")).toEqual([2, `pprof: ${said}`]);
  }
  expect(await wrong("-csv", "trace.out")).toEqual([
    2,
    "pprof: -csv is of one view: -tasks, -turns, -waits, -inarow, -regions",
  ]);
});

test("a program is asked for a trace of so many seconds", async () => {
  using made = directory({});
  const asked: (string | undefined)[] = [];
  await using server = await serve((request, response) => {
    asked.push(request.url);
    response.end(Buffer.from(go!));
  });
  const { status, stdout } = await pprof(["trace", "-seconds=2", "-tasks", server.origin], { cwd: made.path });
  expect([status, asked]).toEqual([0, ["/debug/pprof/trace?seconds=2"]]);
  expect(stdout).toContain("GET /item/:id");
});

test("what is read is what was written", async () => {
  const { trace } = readTrace(go!);
  expect(readTrace(traceFormats[0]!.write(trace)).trace.events.length).toBeGreaterThan(traced.events.length / 2);
  await expect(readProfile(go!)).rejects.toThrow("unrecognized profile format");
});
