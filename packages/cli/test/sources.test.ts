import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as zlib from "node:zlib";
import { decode, encode, writeProfile } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { directory, hot, hotBytes, pprof, serve } from "./tool.ts";

const top = `File: app.js
Type: cpu
Showing nodes accounting for 1000ms, 100% of 1000ms total
      flat  flat%   sum%        cum   cum%
     700ms 70.00% 70.00%      700ms 70.00%  hash
     200ms 20.00% 90.00%      900ms 90.00%  render
     100ms 10.00%   100%      100ms 10.00%  parse
         0     0%   100%     1000ms   100%  main
`;

test("a file, a raw one, standard input: the same report", async () => {
  using files = directory({ "cpu.pb.gz": hotBytes, "cpu.pb": encode(hot) });
  const runs = await Promise.all([
    pprof(["-top", "cpu.pb.gz"], { cwd: files.path }),
    pprof(["-top", "cpu.pb"], { cwd: files.path }),
    pprof(["-top", "-"], { cwd: files.path, input: hotBytes }),
  ]);
  for (const run of runs) expect(run).toEqual({ status: 0, stdout: top, stderr: "" });
});

test("an address: says that it fetches, what it asks for, and where it keeps a copy", async () => {
  using files = directory({});
  const asked: string[] = [];
  await using server = await serve((request, response) => {
    asked.push(request.url ?? "");
    response.end(hotBytes);
  });
  const run = await pprof(["-top", "-seconds", "3", `127.0.0.1:${server.port}`], { cwd: files.path });
  expect(run.stdout).toBe(top);
  expect(asked).toEqual(["/debug/pprof/profile?seconds=3"]);
  const saved = path.join(files.path, "pprof.app.js.samples.cpu.001.pb.gz");
  expect(run.stderr).toBe(
    `Fetching profile over HTTP from ${server.origin}/debug/pprof/profile?seconds=3\nPlease wait... (3s)\nSaved profile in ${saved}\n`,
  );
  expect(decode(zlib.gunzipSync(readFileSync(saved))).samples.length).toBe(3);
  await pprof(["-top", `${server.origin}/heap`], { cwd: files.path });
  expect(readdirSync(files.path)).toEqual([path.basename(saved), path.basename(saved).replace("001", "002")]);
});

test("several sources are merged; one that fails is a warning, all of them an error", async () => {
  using files = directory({ a: hotBytes, b: encode(hot) });
  const two = await pprof(["-top", "a", "nope", "b"], { cwd: files.path });
  expect(two.stdout).toContain("1400ms 70.00% 70.00%     1400ms 70.00%  hash");
  expect(two.stderr).toBe("nope: no such file or directory\nFetched 2 source profiles out of 3\n");
  const eight = await pprof(["-top", ..."abababab"], { cwd: files.path });
  expect(eight).toMatchObject({ status: 0, stderr: "" });
  expect(eight.stdout).toContain("5600ms 70.00% 70.00%     5600ms 70.00%  hash");
  const mixed = await pprof(["-top", ..."abababab", "nope"], { cwd: files.path });
  expect(mixed.stdout).toContain("5600ms 70.00% 70.00%     5600ms 70.00%  hash");
  expect(mixed.stderr).toBe("nope: no such file or directory\nFetched 8 source profiles out of 9\n");
  expect(await pprof(["-top", "nope", "neither"], { cwd: files.path })).toMatchObject({
    status: 2,
    stdout: "",
    stderr:
      "nope: no such file or directory\nneither: no such file or directory\npprof: failed to fetch any source profiles\n",
  });
});

test("a base is subtracted", async () => {
  using files = directory({ old: hotBytes, new: hotBytes });
  const run = await pprof(["-top", "-base", "old", "new"], { cwd: files.path });
  expect(run.stdout).toContain("Showing nodes accounting for 0, 0% of 0 total");
});

const statuses = new Map<string, [status: number, headers: Record<string, string>, body: string | Uint8Array]>([
  ["/missing", [404, {}, "not found"]],
  ["/busy", [500, { "X-Go-Pprof": "1", "Content-Type": "text/plain" }, "Could not enable CPU profiling\n"]],
  ["/page", [200, { "Content-Type": "text/html" }, "<!doctype html><title>debug</title>"]],
  ["/short", [200, {}, hotBytes.subarray(0, hotBytes.length - 20)]],
  ["/words", [200, {}, "hello"]],
  ["/empty", [200, {}, ""]],
  ["/loop", [302, { Location: "/loop" }, ""]],
  ["/elsewhere", [302, { Location: "http://127.0.0.1:1/x" }, ""]],
]);

test.each([
  ["/missing", "server response: 404 Not Found"],
  ["/busy", "server response: 500 Internal Server Error - Could not enable CPU profiling"],
  ["/page", "the answer is a page, not a profile; profiles are at paths like /debug/pprof/heap"],
  ["/short", "parsing profile: decompressing profile: truncated gzip data"],
  ["/words", "parsing profile: unrecognized profile format"],
  ["/empty", "parsing profile: empty input file"],
  ["/loop", "http fetch: stopped after 10 redirects"],
  ["/elsewhere", "http fetch: 127.0.0.1:1: connection refused"],
])("the answer of %s is one clear line and status 2", async (url, line) => {
  using files = directory({});
  await using server = await serve((request, response) => {
    const [status, headers, body] = statuses.get(request.url ?? "")!;
    response.writeHead(status, headers).end(body);
  });
  const run = await pprof(["-top", server.origin + url], { cwd: files.path });
  const [, ...lines] = run.stderr.split("\n");
  expect(lines).toEqual([`pprof: ${server.origin}${url}: ${line}`, ""]);
  expect(run).toMatchObject({ status: 2, stdout: "" });
});

test("a refused connection, a connection that breaks off, an answer that does not come", async () => {
  using files = directory({});
  await using server = await serve((request, response) => {
    if (request.url === "/broken") response.writeHead(200).write("x", () => request.socket.destroy());
  });
  await using closed = await serve(() => {});
  await closed[Symbol.asyncDispose]();
  const lastLine = async (...args: string[]): Promise<string | undefined> =>
    (await pprof(["-top", ...args], { cwd: files.path })).stderr.split("\n").at(-2);
  expect(await lastLine(`${closed.origin}/x`)).toBe(`pprof: ${closed.origin}/x: http fetch: connection refused`);
  expect(await lastLine(`${server.origin}/broken`)).toMatch(/: connection closed before the answer was complete$/);
  expect(await lastLine("-timeout=1", `${server.origin}/silent`)).toMatch(/: http fetch: no answer within 6s$/);
});

test.each([
  ["a truncated file", hotBytes.subarray(0, 60), "parsing profile: decompressing profile: truncated gzip data"],
  ["text", "hello", "parsing profile: unrecognized profile format"],
  ["nothing", "", "parsing profile: empty input file"],
  ["zeros", new Uint8Array(1000), "parsing profile: unrecognized profile format"],
])("%s is one clear line and status 2", async (_, bytes, line) => {
  using files = directory({ prof: bytes });
  expect(await pprof(["-top", "prof"], { cwd: files.path })).toEqual({
    status: 2,
    stdout: "",
    stderr: `pprof: prof: ${line}\n`,
  });
});

/** A zip archive of these files, deflated where `deflates` says so. */
function zip(files: Readonly<Record<string, Uint8Array>>, deflates: boolean): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const [name, data] of Object.entries(files)) {
    const packed = deflates ? zlib.deflateRawSync(data) : data;
    const sizes = (header: Buffer, from: number): void => {
      header.writeUInt32LE(packed.length, from);
      header.writeUInt32LE(data.length, from + 4);
      header.writeUInt16LE(name.length, from + 8);
    };
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(deflates ? 8 : 0, 8);
    sizes(local, 18);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(deflates ? 8 : 0, 10);
    sizes(entry, 20);
    entry.writeUInt32LE(at, 42);
    locals.push(local, Buffer.from(name), Buffer.from(packed));
    central.push(entry, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, ...central, end]);
}

test("a zip archive of one file, zstd and gzip in gzip are unpacked; what is not says what it is", async () => {
  const one = zip({ "dir/": new Uint8Array(), "dir/cpu.pb.gz": hotBytes }, true);
  const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array) => Uint8Array };
  using files = directory({
    deflated: one,
    stored: zip({ "cpu.pb": encode(hot) }, false),
    two: zip({ a: hotBytes, b: hotBytes }, true),
    cut: one.subarray(0, -5),
    wrong: Buffer.concat([one.subarray(0, 60), one.subarray(62)]),
    twice: zlib.gzipSync(hotBytes),
    zstd: zstdCompressSync?.(encode(hot)) ?? Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]),
    bomb: zip({ cpu: new Uint8Array(1 << 24) }, true),
    xz: Buffer.from("\xfd7zXZ\0\0", "latin1"),
    nettrace: "Nettrace and more",
  });
  const run = (...args: string[]) => pprof(["-top", ...args], { cwd: files.path });
  for (const name of ["deflated", "stored", "twice", ...(zstdCompressSync ? ["zstd"] : [])]) {
    expect(await run(name), name).toEqual({ status: 0, stdout: top, stderr: "" });
  }
  const said = async (...args: string[]): Promise<string> => (await run(...args)).stderr;
  expect(await said("two")).toBe(
    "pprof: two: parsing profile: a zip archive of 2 files (a, b): unpack it and name them\n",
  );
  expect(await said("cut")).toContain("a broken zip archive");
  expect(await said("wrong")).toMatch(/^pprof: wrong: parsing profile: .*zip.*\n$/);
  expect(await said("-max_bytes=1000000", "bomb")).toContain("more than 1000000 bytes");
  expect(await said("xz")).toBe(
    "pprof: xz: parsing profile: unrecognized profile format: it is compressed by xz: unpack it first, as with xz -d\n",
  );
  expect(await said("nettrace")).toContain("it is .NET's trace");
  if (!zstdCompressSync) expect(await said("zstd")).toContain("compressed by zstd, which Node 22.15 and later unpack");
});

test("a directory of V8's profiles is one source", async () => {
  using files = directory({});
  const profile = await writeProfile(hot, { format: "cpuprofile" });
  for (const name of ["a.cpuprofile", "b.cpuprofile"]) writeFileSync(path.join(files.path, name), profile);
  const run = await pprof(["-top", files.path], { cwd: files.path });
  expect(run.stdout).toMatch(/1400ms 70\.00% 70\.00% +1400ms 70\.00% {2}hash/);
  writeFileSync(path.join(files.path, "c.heapprofile"), "{}");
  expect((await pprof(["-top", files.path], { cwd: files.path })).stderr).toContain("name those that are meant");
});

test("a line that cannot be read is one line of warning, and the rest is read", async () => {
  using files = directory({ "a.collapsed": "main;work 5\nsomething else\nmain;idle 7\n" });
  const run = await pprof(["-top", "a.collapsed"], { cwd: files.path });
  expect(run.stdout).toContain("Showing nodes accounting for 12, 100% of 12 total");
  expect(run.stderr).toBe('a.collapsed: line 2 is no collapsed stack: "something else": left out\n');
});

test("a directory and a missing file say what they are", async () => {
  using files = directory({});
  const run = (source: string): Promise<{ stderr: string }> => pprof(["-top", source], { cwd: files.path });
  expect((await run(files.path)).stderr).toBe(`pprof: ${files.path}: is a directory\n`);
  expect((await run("cpu.pb.gz")).stderr).toBe("pprof: cpu.pb.gz: no such file or directory\n");
});

test("several bases are all subtracted", async () => {
  using files = directory({ a: hotBytes, b: hotBytes, c: hotBytes });
  const run = await pprof(["-top", "-base", "a", "-base", "b", "a", "b", "c"], { cwd: files.path });
  expect(run.stdout).toContain("Showing nodes accounting for 1000ms, 100% of 1000ms total");
});

test("-add_comment, -buildid and a file for the report", async () => {
  using files = directory({ prof: hotBytes });
  const run = await pprof(["-comments", "-add_comment=by hand", "-output=out", "prof"], { cwd: files.path });
  expect(run).toEqual({ status: 0, stdout: "", stderr: "Generating report in out\n" });
  expect(readFileSync(path.join(files.path, "out"), "utf8")).toBe("by hand\n");
  const built = await pprof(["-top", "-buildid=abc", "prof"], { cwd: files.path });
  expect(built.stdout).toContain("Build ID: abc\n");
});

// The converter is a large C++ program: what is tested is how it is called, and what becomes of its answer.
test.skipIf(process.platform === "win32")("perf.data goes through perf_to_profile, or is said to need it", async () => {
  using made = directory({ "perf.data": "PERFILE2 and more", prof: hotBytes });
  const alone = await pprof(["-top", "perf.data"], { cwd: made.path, env: { PATH: "/nonexistent" } });
  expect(alone).toMatchObject({ status: 2, stdout: "" });
  expect(alone.stderr).toMatch(
    /^Converting perf\.data to a profile\.proto\.\.\. \(May take a few minutes\)\npprof: perf\.data: cannot convert perf data, which needs perf_to_profile/,
  );
  const script = path.join(made.path, "perf_to_profile");
  const env = { PATH: `${made.path}:${process.env.PATH}` };
  const copy = `"${process.execPath}" -e 'fs.copyFileSync("prof", process.argv[1])' "$4"`;
  writeFileSync(script, `#!/bin/sh\n[ "$1 $2 $3 $5" = "-i perf.data -o -f" ] && ${copy}\n`, { mode: 0o755 });
  const converted = await pprof(["-top", "perf.data"], { cwd: made.path, env });
  expect(converted.stdout).toContain("700ms 70.00% 70.00%      700ms 70.00%  hash");
  writeFileSync(script, "#!/bin/sh\nexit 3\n", { mode: 0o755 });
  const failing = await pprof(["-top", "perf.data"], { cwd: made.path, env });
  expect(failing.stderr).toMatch(/perf_to_profile \(perf_data_converter\): exit status 3\n$/);
});

test("the report in other forms", async () => {
  using files = directory({ prof: hotBytes });
  const run = async (...args: string[]): Promise<string> =>
    (await pprof([...args, "prof"], { cwd: files.path })).stdout;
  const [json, csv, collapsed, speedscope, md] = await Promise.all([
    run("-json"),
    run("-top", "-csv"),
    run("-collapsed"),
    run("-speedscope"),
    run("-md", "-md_lines=60"),
  ]);
  expect(JSON.parse(json)).toMatchObject({ report: "top", rows: [{ name: "hash", flat: 7e8 }, {}, {}, {}] });
  expect(csv).toMatch(/^.*name.*\r?\n.*hash.*700000000/);
  expect(collapsed).toBe("main;render;hash 700000000\nmain;render 200000000\nmain;parse 100000000\n");
  expect(JSON.parse(speedscope).profiles).toHaveLength(2);
  expect(md).toMatch(/^# Profile: cpu\n/);
  for (const [flag, file] of [
    ["-cpuprofile", "hot.cpuprofile"],
    ["-otlp", "hot.otlp.pb"],
  ] as const) {
    await pprof([flag, `-output=${file}`, "prof"], { cwd: files.path });
    const { stdout } = await pprof(["-top", file], { cwd: files.path });
    expect(stdout).toMatch(/700ms 70\.00% 70\.00% +700ms 70\.00% {2}hash/);
  }
  for (const name of ["speedscope", "cpuprofile", "otlp", "collapsed", "md"]) {
    const written = await pprof([`-${name}=hot.${name}`, "prof"], { cwd: files.path });
    expect(written).toEqual({ status: 0, stdout: "", stderr: `Generating report in hot.${name}\n` });
    expect(readFileSync(path.join(files.path, `hot.${name}`)).includes("hash"), name).toBe(true);
  }
  const drawn = await pprof(["-flame=flame.svg", "prof"], { cwd: files.path });
  expect(drawn.status).toBe(0);
  expect(readFileSync(path.join(files.path, "flame.svg"), "utf8")).toMatch(/<svg[\s\S]*render[\s\S]*<\/svg>/);
});

test("frames that the profile says to drop are dropped, unless all are asked for", async () => {
  using files = directory({ prof: encode({ ...hot, dropFrames: "hash|x.*y" }) });
  const run = async (...args: string[]): Promise<string> =>
    (await pprof(["-top", ...args, "prof"], { cwd: files.path })).stdout;
  expect(await run()).toContain("900ms 90.00% 90.00%      900ms 90.00%  render");
  expect(await run("-all_frames")).toContain("700ms 70.00% 70.00%      700ms 70.00%  hash");
});
