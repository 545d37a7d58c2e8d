import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as zlib from "node:zlib";
import { encode } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { readRegularFile } from "../src/host/file/regular-file.ts";
import { FileBytes } from "../src/native/bytes/file-bytes.ts";
import { readConfigs } from "../src/pages/saved-configs.ts";
import { directory, hotBytes, pprof, profileOf, type Run, serve } from "./tool.ts";

const tool = fileURLToPath(new URL("../bin/pprof.js", import.meta.url));
const MOST = 1 << 20;
const { gzipSync } = zlib;
const few = `-max_bytes=${MOST}`;
const isUnix = process.platform !== "win32";

/** Runs the tool with this as its standard input; what does not end by itself is ended. */
async function withInput(args: readonly string[], stdin: number | "ignore" = "ignore"): Promise<Run> {
  const child = spawn(process.execPath, [tool, ...args], { stdio: [stdin, "pipe", "pipe"], timeout: 25_000 });
  const run = { stdout: "", stderr: "" };
  child.stdout!.on("data", (part) => {
    run.stdout += part;
  });
  child.stderr!.on("data", (part) => {
    run.stderr += part;
  });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { status, ...run };
}

/** An archive of one file. */
function zipOf(name: string, content: Buffer): Buffer {
  const packed = zlib.deflateRawSync(content);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), packed]);
  const entry = Buffer.concat([Buffer.from("PK\x01\x02\0\0"), common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, entry, end]);
}

/** Answers without an end. */
const endless = (part: Buffer, pause = 0, status = 200) =>
  serve((_, answer) => {
    answer.writeHead(status, status === 200 ? {} : { "x-go-pprof": "1", "content-type": "text/plain" });
    const more = (): void => {
      if (answer.destroyed) return;
      if (pause > 0) setTimeout(more, pause, answer.write(part));
      else if (answer.write(part)) setImmediate(more);
      else answer.once("drain", more);
    };
    more();
  });

describe("a source that does not end is one sentence, with the limit and how to raise it:", () => {
  const tooMany = /: more than 1048576 bytes, and no more is read; -max_bytes=4194304 raises the limit\n$/;

  test("an answer over HTTP", async () => {
    await using server = await endless(Buffer.alloc(1 << 16, 1));
    const run = await withInput(["-top", few, `${server.origin}/x`]);
    expect(run.stderr).toMatch(tooMany);
    expect(run.status).toBe(2);
  });

  test("but of a failure and of a redirect no more is read than is shown", async () => {
    await using failing = await endless(Buffer.alloc(1 << 16, "no "), 0, 500);
    const { stderr, status } = await pprof(["-top", few, `${failing.origin}/x`]);
    expect(stderr).toMatch(/: server response: 500 Internal Server Error - (?:no ?){1365}n?\n$/);
    expect(status).toBe(2);
    let written = 0;
    await using moved = await serve((request, answer) => {
      if (request.url === "/to") return answer.writeHead(404).end();
      answer.writeHead(302, { location: "/to" });
      const more = (): void => {
        while (!answer.destroyed && answer.write(Buffer.alloc(1 << 16))) written += 1 << 16;
        if (!answer.destroyed) answer.once("drain", more);
      };
      more();
    });
    expect((await pprof(["-top", `${moved.origin}/x`])).stderr).toContain("server response: 404 Not Found");
    // What the machine's buffers hold.
    expect(written).toBeLessThan(1 << 25);
  });

  test.skipIf(!isUnix)("a device", async () => {
    for (const device of ["/dev/zero", "/dev/urandom"]) {
      const run = await withInput(["-top", few, device]);
      expect(run.stderr).toMatch(tooMany);
      expect(run.status).toBe(2);
    }
    expect((await withInput(["-top", `-base=/dev/zero`, few, "/dev/zero"])).stderr).toMatch(tooMany);
  });

  test.skipIf(!isUnix)("standard input", async () => {
    const zeros = openSync("/dev/zero", "r");
    const run = await withInput(["-top", few, "-"], zeros);
    closeSync(zeros);
    expect(run.stderr).toMatch(tooMany);
  });

  test.skipIf(!isUnix)("standard input that is a pipe", async () => {
    const writer = spawn("cat", ["/dev/zero"], { stdio: ["ignore", "pipe", "ignore"] });
    const child = spawn(process.execPath, [tool, "-top", few, "-"], { stdio: [writer.stdout, "ignore", "pipe"] });
    let stderr = "";
    child.stderr!.on("data", (part) => {
      stderr += part;
    });
    await new Promise((resolve) => child.once("close", resolve));
    writer.kill();
    expect(stderr).toMatch(tooMany);
  });

  test("gzip that expands", async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(1 << 26)));
    using made = directory({ bomb, large: gzipSync(Buffer.alloc(9e7)) });
    const run = await withInput(["-top", few, path.join(made.path, "bomb")]);
    expect(run.stderr).toMatch(tooMany);
    // By the thread that unpacks large files.
    expect((await withInput(["-top", few, path.join(made.path, "large")])).stderr).toMatch(tooMany);
  });

  test("a file that is larger", async () => {
    using made = directory({ large: Buffer.alloc(MOST + 1) });
    expect((await pprof(["-top", few, path.join(made.path, "large")])).stderr).toMatch(tooMany);
    // Of many, each is looked at.
    const many = Array.from({ length: 9 }, () => path.join(made.path, "large"));
    expect((await pprof(["-top", few, ...many])).stderr).toContain("raises the limit");
  });
});

test.skipIf(!isUnix)("what gzip, zip and zstd unpack is in memory once, what is too large not at all", async () => {
  const size = 300e6;
  const zeros = Buffer.alloc(size);
  using made = directory({
    "rss.cjs": 'process.on("exit", () => process._rawDebug("peak " + process.resourceUsage().maxRSS));',
    one: gzipSync(zeros),
    two: Buffer.concat([gzipSync(zeros), gzipSync("")]),
    zip: zipOf("zeros", zeros),
    ...("zstdCompressSync" in zlib ? { zstd: (zlib.zstdCompressSync as (bytes: Buffer) => Buffer)(zeros) } : {}),
  });
  for (const name of readdirSync(made.path).filter((name) => name !== "rss.cjs")) {
    const peak = async (...args: string[]): Promise<number> => {
      const env = { NODE_OPTIONS: `--require=${path.join(made.path, "rss.cjs")}` };
      const { stderr } = await pprof(["-top", ...args, path.join(made.path, name)], { env });
      expect(stderr).toMatch(args.length === 0 ? /unrecognized profile format/ : /and no more is read/);
      return Number(/peak (\d+)/.exec(stderr)![1]) * 1024;
    };
    expect(await peak(), name).toBeLessThan(1.1 * size + 192e6);
    if (name !== "two") expect(await peak("-max_bytes=100000000"), name).toBeLessThan(192e6);
  }
});

test("stacks that would take too much, written out, are one sentence, with what they would take", async () => {
  const depth = 3000;
  const events = (type: string, at: number): string =>
    Array.from({ length: depth }, (_, i) => `{"type":"${type}","frame":0,"at":${at + i}}`).join();
  const profile = `{"type":"evented","name":"p","unit":"none","startValue":0,"endValue":${2 * depth},"events":[${events("O", 0)},${events("C", depth)}]}`;
  using made = directory({
    "deep.json": `{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[{"name":"a"}]},"profiles":[${profile}]}`,
  });
  // A frame is four bytes, and a value eight, which is held until all are known, and written.
  const bytes = 4 * ((depth * (depth + 1)) / 2 + 2 * 2 * depth);
  const run = await pprof(["-top", "-max_stack_bytes=10000000", "deep.json"], { cwd: made.path });
  expect(run.stderr).toBe(
    `pprof: deep.json: parsing profile: the stacks, values and labels of its samples would take ${bytes} bytes, and may take 10000000; -max_stack_bytes=${bytes} raises the limit\n`,
  );
  expect((await pprof(["-top", `-max_stack_bytes=${bytes}`, "deep.json"], { cwd: made.path })).status).toBe(0);
  // By itself, 72 times its size and 4 MiB, and no more than is read of it.
  expect((await pprof(["-top", "deep.json"], { cwd: made.path })).status).toBe(0);
  expect((await pprof(["-top", "-max_bytes=9999999", "deep.json"], { cwd: made.path })).stderr).toContain(
    `would take ${bytes} bytes, and may take 9999999; -max_stack_bytes=${bytes} raises the limit`,
  );
});

test("a profile of 300,000 comments is shown with them", async () => {
  const comments = Array.from({ length: 300_000 }, (_, i) => `comment ${i}`);
  using made = directory({ "many.pb": encode({ ...profileOf([["main", 1]]), comments }) });
  const { stdout } = await pprof(["-top", "many.pb"], { cwd: made.path });
  expect(stdout).toContain("\ncomment 299999\n");
});

test.skipIf(process.platform !== "linux" || spawnSync("script", ["--version"]).status !== 0)(
  "who sits before a terminal hears that it is read, and how that ends",
  async () => {
    const command = `'${process.execPath}' '${tool}' -top -timeout=3 -`;
    const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
    let shown = "";
    child.stdout.on("data", (part) => {
      shown += part;
    });
    await new Promise((resolve) => child.once("close", resolve));
    expect(shown).toMatch(/Reading standard input, which is a terminal: Ctrl-D ends it\r\n/);
    expect(shown).toMatch(/no end within 3s; -timeout=12 waits longer/);
  },
);

describe("a source that gives nothing is one sentence after a time:", () => {
  test("an answer that comes drop by drop", async () => {
    await using server = await endless(Buffer.from("x"), 50);
    const run = await pprof(["-top", "-timeout=1", `${server.origin}/x`]);
    expect(run.stderr).toMatch(/: http fetch: no answer within 6s\n$/);
  });

  test.skipIf(!isUnix)("a pipe without a writer, and one that stays open", async () => {
    using made = directory({});
    const fifo = path.join(made.path, "fifo");
    spawnSync("mkfifo", [fifo]);
    const late = /: no end within 1s; -timeout=4 waits longer\n$/;
    expect((await pprof(["-top", "-timeout=1", fifo])).stderr).toMatch(late);
    const writer = openSync(fifo, "r+");
    writeFileSync(writer, "some");
    expect((await pprof(["-top", "-timeout=1", fifo])).stderr).toMatch(late);
    closeSync(writer);
  });

  test.skipIf(!isUnix)("standard input that stays open", async () => {
    const writer = spawn("sleep", ["20"], { stdio: ["ignore", "pipe", "ignore"] });
    const child = spawn(process.execPath, [tool, "-top", "-timeout=1", "-"], {
      stdio: [writer.stdout, "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr!.on("data", (part) => {
      stderr += part;
    });
    await new Promise((resolve) => child.once("close", resolve));
    writer.kill();
    expect(stderr).toMatch(/: no end within 1s; -timeout=4 waits longer\n$/);
  });
});

test.skipIf(!isUnix)("a pipe with a name, one without, and standard input are read to their end", async () => {
  using made = directory({ "hot.pb.gz": hotBytes });
  const whole = (await pprof(["-top", "hot.pb.gz"], { cwd: made.path })).stdout;
  const shell = async (script: string): Promise<string> => {
    const child = spawn("bash", ["-c", script, process.execPath, tool], { cwd: made.path });
    let stdout = "";
    child.stdout.on("data", (part) => {
      stdout += part;
    });
    await new Promise((resolve) => child.once("close", resolve));
    return stdout;
  };
  expect(await shell(`"$0" "$1" -top <(sleep 0.3; cat hot.pb.gz)`)).toBe(whole);
  expect(await shell(`mkfifo p; (sleep 0.5; cat hot.pb.gz > p) & "$0" "$1" -top p`)).toBe(whole);
  expect(await shell(`(sleep 0.3; cat hot.pb.gz) | "$0" "$1" -top -`)).toBe(whole);
  expect(await shell(`"$0" "$1" -top - < hot.pb.gz`)).toBe(whole);
  expect(await shell(`"$0" "$1" -top - - < hot.pb.gz 2>&1`)).toContain("-: standard input is read for another source");
  // An empty pipe has ended, too: nobody will write to it.
  expect(await shell(`"$0" "$1" -top <(true) 2>&1`)).toContain("empty input file");
  expect(await shell(`cat hot.pb.gz | "$0" "$1" - && echo ended`)).toContain("ended");
});

test.skipIf(!isUnix)("what is no source says what it is", async () => {
  using made = directory({});
  const socket = net.createServer();
  await new Promise<void>((resolve) => socket.listen(path.join(made.path, "socket"), resolve));
  const says = async (source: string): Promise<string> => (await pprof(["-top", source], { cwd: made.path })).stderr;
  expect(await says(".")).toMatch(/^pprof: \.: is a directory\n/);
  expect(await says("socket")).toMatch(/^pprof: socket: is a socket\n/);
  if (process.platform === "linux")
    expect(await says("/proc/self/mem")).toMatch(/^pprof: \/proc\/self\/mem: [^\n]+\n$/);
  socket.close();
});

describe.skipIf(!isUnix)("what a profile or a directory names is read only where it is a file:", () => {
  test("sources", async () => {
    using made = directory({ "hot.pb.gz": gzipSync(encode(profileOf([["main hash", 1]]))) });
    for (const name of ["main", "hash"]) symlinkSync("/dev/zero", path.join(made.path, `${name}.js`));
    const run = await pprof(["-list=.", `-source_path=${made.path}`, "hot.pb.gz"], { cwd: made.path });
    expect(run.status).toBe(0);
    expect(run.stdout).toContain("hash");
    expect(run.stdout.length).toBeLessThan(10_000);
  });

  test("source maps", async () => {
    using made = directory({ "hot.pb.gz": hotBytes });
    spawnSync("mkfifo", [path.join(made.path, "app.js.map")]);
    expect((await pprof(["-list=hash", "hot.pb.gz"], { cwd: made.path })).status).toBe(0);
  });

  test("settings, and whatever else is read by its name", () => {
    using made = directory({ settings: "{}", large: "12345" });
    const fifo = path.join(made.path, "fifo");
    spawnSync("mkfifo", [fifo]);
    const says = (file: string): string => {
      try {
        return readRegularFile(file, 4).toString();
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(says(path.join(made.path, "settings"))).toBe("{}");
    expect(says(path.join(made.path, "large"))).toMatch(/large: larger than 4 bytes$/);
    expect(says(fifo)).toMatch(/fifo: not a regular file$/);
    expect(says("/dev/zero")).toBe("/dev/zero: not a regular file");
    expect(says(made.path)).toMatch(/: is a directory$/);
    // A file of the kernel's says that it is empty, and is not.
    if (process.platform === "linux") expect(says("/proc/self/maps")).toBe("/proc/self/maps: larger than 4 bytes");
    expect(() => readConfigs(fifo)).toThrow("could not read settings");
  });

  test("binaries, of which a file with holes may be as large as it likes", () => {
    using made = directory({ holes: "" });
    const file = path.join(made.path, "holes");
    truncateSync(file, 2 ** 33);
    expect(() => new FileBytes(file).read(0, 2 ** 32)).toThrow(
      /a part of 4294967296 bytes, which is more than is read/,
    );
    expect(() => new FileBytes("/dev/zero")).toThrow("not a file: /dev/zero");
  });

  test("certificates", async () => {
    const run = await pprof(["-top", "-tls_ca=/dev/zero", "https://127.0.0.1:1/x"]);
    expect(run.stderr).toContain("could not load CA specified by -tls_ca: /dev/zero: not a regular file");
  });
});
