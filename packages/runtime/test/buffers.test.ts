// What JavaScript allocates through `Buffer`: sampled by bytes with its stack, live, and unseen by the program.
import { once } from "node:events";
import { type Profile, toNumbers } from "@pprof-ts/profile";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fetchProfile } from "./fetch-profile.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";

const MEGABYTE = 2 ** 20;

/** Keeps 32 MB, each way in a function of its own. */
const code = `
  import fs, { readFileSync } from "node:fs";
  import { readFile } from "node:fs/promises";
  import { once } from "node:events";
  import { createServer } from "node:http";
  import net from "node:net";
  import { randomBytes } from "node:crypto";
  import zlib from "node:zlib";
  const { from, concat } = Buffer;
  const MOST = 32 * 2 ** 20;
  const file = "bytes.bin";
  fs.writeFileSync(file, new Uint8Array(256 * 1024));
  const packed = zlib.gzipSync(new Uint8Array(500_000));
  const text = "x".repeat(100_000);
  const numbers = new Array(40_000).fill(7);
  const halves = [new Uint8Array(40_000), new Uint8Array(60_000)];
  let kept = [];
  const fill = (bytes, make) => { for (let sum = 0; sum < MOST; sum += bytes) kept.push(make()); };
  const server = createServer((_, response) => response.end(new Uint8Array(2 ** 20)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = "http://127.0.0.1:" + server.address().port;
  let churning;
  let churned = 0;
  const deeds = {
    async ofAlloc() { fill(100_000, function keepsAlloc() { return Buffer.alloc(100_000); }); },
    async ofLarge() { fill(2 ** 24, function keepsLarge() { return Buffer.alloc(2 ** 24, 1); }); },
    async ofPool() { fill(1_000, function keepsPool() { return Buffer.allocUnsafe(1_000); }); },
    async ofString() { fill(100_000, function keepsString() { return from(text); }); },
    async ofArray() { fill(40_000, function keepsArray() { return Buffer.from(numbers); }); },
    async ofConcat() { fill(100_000, function keepsConcat() { return concat(halves); }); },
    async ofFile() { fill(256 * 1024, function keepsFile() { return readFileSync(file); }); },
    async ofRandom() { fill(100_000, function keepsRandom() { return randomBytes(100_000); }); },
    async ofZlib() { fill(500_000, function keepsZlib() { return zlib.gunzipSync(packed); }); },
    async ofFileLater() { for (let i = 0; i < MOST / 262_144; i++) kept.push(await readFile(file)); },
    async ofStream() { for (let i = 0; i < MOST / 262_144; i++) for await (const chunk of fs.createReadStream(file)) kept.push(chunk); },
    async ofSocket() {
      const end = net.connect(server.address().port, "127.0.0.1");
      const chunks = [];
      end.on("data", (chunk) => chunks.push(chunk));
      for (let i = 0; i < 32; i++) end.write("GET / HTTP/1.1\\r\\nhost: a\\r\\n\\r\\n");
      while (chunks.reduce((sum, { length }) => sum + length, 0) < MOST) await once(end, "data");
      end.destroy();
      kept.push(chunks);
    },
    async ofFetch() { for (let i = 0; i < 32; i++) kept.push(Buffer.concat([Buffer.from(await (await fetch(url)).arrayBuffer())])); },
    async ofTyped() { fill(2 ** 20, function keepsTyped() { return new Uint8Array(2 ** 20); }); },
    async ofView() { const all = new Uint8Array(MOST); fill(10_000, function keepsView() { return Buffer.from(all.buffer); }); },
    async ofSlices() { const all = Buffer.alloc(1_000_000); fill(1_000, function keepsSlice() { return all.subarray(0, 600_000); }); },
    async transfer() { for (const { buffer } of kept.splice(0)) { structuredClone(buffer, { transfer: [buffer] }); kept.push(buffer); } },
    async drop() { kept = []; },
    async arrayBuffers() { return process.memoryUsage().arrayBuffers; },
    async churn() { churning = setInterval(function churns() { for (let i = 0; i < 20; i++) Buffer.alloc(100_000); churned += 2_000_000; }, 2); },
    async calm() { clearInterval(churning); return churned; },
    async hold() { process.send({ deed: "begun" }); let sum = 0; const end = Date.now() + 4_000; while (Date.now() < end) sum += churns2().length; return sum; },
  };
  function churns2() { return Buffer.allocUnsafeSlow(1_000_000); }
  process.on("message", async (deed) => process.send({ deed, result: await deeds[deed]() }));
`;

let folder: string;
let program: Program;
let base: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

async function begin(rate: number, text: string = code): Promise<void> {
  program = Program.registered(text, { cwd: folder, env: { PPROF_MEM_RATE: `${rate}` } });
  base = await program.url();
  await profileOf("heap");
}

const deed = async <Result>(name: string): Promise<Result> => (await program.deed(name)) as Result;

const profileOf = (query: string): Promise<Profile> => fetchProfile(base + query);

/** What stacks with this function in them hold; `type`: by the name of the value. */
function under({ samples, sampleTypes, locations, functions, strings }: Profile, name: string, type: string): number {
  const values = toNumbers(samples.values[sampleTypes.findIndex((one) => one.type === type)]!);
  let sum = 0;
  for (let sample = 0; sample < samples.length; sample++) {
    const own = samples.locations.subarray(samples.locationStart[sample], samples.locationStart[sample + 1]);
    const names = Array.from(own, (location) => {
      const fn = locations.lines.function[locations.lineStart[location]!]!;
      return strings.get(functions.name[fn]!);
    });
    if (names.includes(name)) sum += values[sample]!;
  }
  return sum;
}

/** A sum of samples, one each `rate` bytes or a little more seldom, is so near to what it stands for but for one time in 10,000. */
function near(sampled: number, bytes: number, rate: number): void {
  const deviations = 4;
  expect(Math.abs(sampled - bytes)).toBeLessThan(deviations * Math.sqrt(bytes * rate * 2) + rate);
}

const REST = "(array buffers)";
/** So that the samples of all tests take less than what would make them more seldom. */
const RATE = 256 * 1024;

describe("heap", () => {
  // Each in a program of its own: after many samples they are more seldom for a while, and memory goes when V8 likes.
  beforeEach(() => begin(RATE));
  afterEach(() => program?.stop());

  /** The function that is to be found; that of the program, where its own code calls Node's. */
  const kinds: Readonly<Record<string, string>> = {
    ofAlloc: "keepsAlloc",
    ofLarge: "keepsLarge",
    ofPool: "keepsPool",
    ofString: "keepsString",
    ofArray: "keepsArray",
    ofConcat: "keepsConcat",
    ofFile: "keepsFile",
    ofRandom: "keepsRandom",
    ofZlib: "keepsZlib",
    ofFetch: "ofFetch",
    // Node 26 reads files by native code, which allocates, too.
    ...(Number.parseInt(process.versions.node, 10) < 26 ? { ofFileLater: "readFileHandle" } : {}),
    ofStream: "ReadStream._read",
    ofSocket: "onStreamRead",
  };

  test.for(Object.entries(kinds))("%s: a leak is at its stack, and gone when it is", async ([kind, name]) => {
    const before = await deed<number>("arrayBuffers");
    await deed(kind);
    const profile = await profileOf("heap?gc=1");
    const kept = (await deed<number>("arrayBuffers")) - before;
    expect(kept).toBeGreaterThan(31 * MEGABYTE);
    const bytes = under(profile, name, "inuse_space");
    near(bytes, 32 * MEGABYTE, RATE);
    // All that there is, is either in a sample or in the row of the rest.
    expect(under(profile, REST, "inuse_space")).toBeLessThan(
      before + 8 * Math.sqrt(kept * RATE) + kept - 30 * MEGABYTE,
    );
    await deed("drop");
    // Node lets go of a connection when it likes.
    const left = async (): Promise<number> => under(await profileOf("heap?gc=1"), name, "inuse_space");
    await expect.poll(left).toBeLessThan(bytes / 5);
  });

  test("the number of objects is that of the Buffers", async () => {
    // So large that each is sampled. Their objects in V8's heap are rows of their own.
    await deed("ofLarge");
    const { samples } = await profileOf("heap?gc=1");
    const [objects, bytes] = samples.values.map(toNumbers);
    const row = bytes!.findIndex((own) => Math.abs(own - 2 ** 25) < 2 ** 22);
    expect(objects![row]).toBe(2);
  });

  test.for(["ofTyped", "ofView", "ofSlices"])(
    "%s: what is none of Buffer's memory is not charged to it",
    async (kind) => {
      await deed(kind);
      const profile = await profileOf("heap?gc=1");
      for (const name of ["keepsTyped", "keepsView", "keepsSlice"]) {
        // The objects themselves are in V8's heap.
        expect(under(profile, name, "inuse_space")).toBeLessThan(kind === "ofSlices" ? 8 * MEGABYTE : 2 * MEGABYTE);
      }
      if (kind !== "ofSlices") expect(under(profile, REST, "inuse_space")).toBeGreaterThan(30 * MEGABYTE);
      expect(profile.comments.join("\n")).toMatch(/Buffers are sampled since 2.*now one each \d+ bytes.*typed arrays/);
    },
  );

  test("memory that was handed to another thread is not in it", async () => {
    await deed("ofAlloc");
    expect(under(await profileOf("heap?gc=1"), "keepsAlloc", "inuse_space")).toBeGreaterThan(20 * MEGABYTE);
    await deed("transfer");
    expect(under(await profileOf("heap?gc=1"), "keepsAlloc", "inuse_space")).toBeLessThan(MEGABYTE);
  });

  test("also while the loop is held, what is dead is not alive", async () => {
    let alive = 0;
    const [held] = await Promise.all([
      deed<number>("hold"),
      (async () => {
        await once(program.child, "message");
        const profile = await profileOf("heap");
        alive = under(profile, "churns2", "inuse_space");
      })(),
    ]);
    expect(alive).toBeLessThan(held / 2);
  });
});

describe("at the rate that is the default", () => {
  beforeAll(() => begin(512 * 1024));
  afterAll(() => program?.stop());

  test("the sum agrees with what Node tells", async () => {
    const before = await deed<number>("arrayBuffers");
    for (let i = 0; i < 4; i++) await deed("ofAlloc");
    const profile = await profileOf("heap?gc=1");
    const kept = (await deed<number>("arrayBuffers")) - before;
    near(under(profile, "keepsAlloc", "inuse_space"), kept, 512 * 1024);
  });

  test("allocs has all of some seconds, and what of it lives", async () => {
    await deed("churn");
    const asked = profileOf("allocs?seconds=2");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const profile = await asked;
    const churned = await deed<number>("calm");
    const bytes = under(profile, "churns", "alloc_space");
    expect(bytes).toBeGreaterThan(0);
    // So much is made that samples are seldom, and their sum is right within some tenths.
    expect(bytes).toBeLessThan(churned * 1.5);
    expect(under(profile, "churns", "inuse_space")).toBeLessThan(bytes / 4);
    expect(under(profile, "keepsAlloc", "alloc_space")).toBeLessThan(MEGABYTE);
    near(under(profile, "keepsAlloc", "inuse_space"), 128 * MEGABYTE, 512 * 1024);
  });
});

test("also where Error is frozen, each is at its stack", async () => {
  const text = `Object.freeze(Error); ${code}`;
  await begin(RATE, text);
  try {
    await deed("ofAlloc");
    near(under(await profileOf("heap?gc=1"), "keepsAlloc", "inuse_space"), 32 * MEGABYTE, RATE);
  } finally {
    await program.stop();
  }
});

describe("workers", () => {
  const inWorker = `
    import { parentPort } from "node:worker_threads";
    let kept = [];
    function keepsInWorker() { for (let i = 0; i < 320; i++) kept.push(Buffer.alloc(100_000)); }
    const deeds = { keep: keepsInWorker, drop() { kept = []; }, spin() { keepsInWorker(); parentPort.postMessage("spin"); for (;;); } };
    parentPort.on("message", (deed) => { deeds[deed](); parentPort.postMessage(deed); });
  `;
  const text = `
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const worker = new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(inWorker)}`)}), { name: "keeper" });
    process.on("message", async (deed) => { worker.postMessage(deed); const [result] = await once(worker, "message"); process.send({ deed, result }); });
  `;
  beforeAll(() => begin(RATE, text));
  afterAll(() => program?.stop());

  test("tell of theirs, also while they are in a loop", async () => {
    const ofWorker = async (): Promise<number> => under(await profileOf("heap?gc=1"), "keepsInWorker", "inuse_space");
    await deed("keep");
    near(await ofWorker(), 32_000_000, RATE);
    await deed("drop");
    await expect.poll(ofWorker).toBeLessThan(2_000_000);
    // What came in a time, whether it lives or not, and what of all is alive.
    const allocs = profileOf("allocs?seconds=2");
    await expect.poll(async () => (await fetch(base)).text()).toContain("of all allocations");
    await deed("keep");
    await deed("drop");
    const found = await allocs;
    near(under(found, "keepsInWorker", "alloc_space"), 32_000_000, RATE);
    expect(found.comments.join("\n")).toContain("keeper is left out but for its Buffers");
    await expect.poll(ofWorker).toBeLessThan(2_000_000);
    await deed("spin");
    near(await ofWorker(), 32_000_000, RATE);
  });
});

test("without samples of memory nothing stands behind Buffer", async () => {
  const parent = "Object.getPrototypeOf(Buffer[Symbol.species]) === Uint8Array";
  const text = `process.on("message", () => process.send({ deed: "parent", result: ${parent} }));`;
  const rates = { "0": true, "524288": false };
  for (const [rate, expected] of Object.entries(rates)) {
    program = Program.registered(text, { cwd: folder, env: { PPROF_MEM_RATE: rate } });
    await program.url();
    expect(await deed("parent")).toBe(expected);
    await program.stop();
  }
});

/** Each program says the same with the profiler as without it. */
const unseen: Readonly<Record<string, string>> = {
  "what Buffer is": `
    const told = (object) => Reflect.ownKeys(object).map((key) => {
      const { value, get, set, ...rest } = Reflect.getOwnPropertyDescriptor(object, key);
      const text = (one) => typeof one === "function" ? [one.name, one.length, String(one), Reflect.ownKeys(one).map(String)] : typeof one;
      return [String(key), text(value), text(get), text(set), rest];
    });
    say(told(Buffer), told(Buffer.prototype), told(Buffer[Symbol.species]), told(Uint8Array));
    say(Object.getPrototypeOf(Buffer) === Uint8Array, Object.getPrototypeOf(Buffer.prototype) === Uint8Array.prototype);
    say(Buffer.alloc(9) instanceof Uint8Array, Buffer.alloc(9).constructor === Buffer, Buffer.isBuffer(Buffer.alloc(9).map((x) => x)));
    say(new (Buffer[Symbol.species])(), new (Buffer[Symbol.species])([1, 2]), Buffer[Symbol.species].from([3]), Buffer.of(4));`,
  "errors and their stacks": `
    for (const act of [() => Buffer.alloc("x"), () => Buffer.from(5), () => Buffer.from("x", "no"), () => Buffer.concat(5),
      () => Buffer.alloc(-1), () => Buffer.from({ get length() { throw new Error("mine"); } }), () => new (Buffer[Symbol.species])({ get length() { throw new Error("own"); } }),
      () => new (Buffer[Symbol.species])(Symbol()), () => new (Buffer[Symbol.species])(new ArrayBuffer(8), 9)])
      try { act(); } catch (error) { say(error.message, error.code, error.stack.split("\\n").filter((line) => !line.includes("PprofBufferBytes")).slice(0, 4)); }`,
  "Buffer is frozen":
    "Object.freeze(Buffer); Object.freeze(Buffer.prototype); Object.freeze(Buffer[Symbol.species]); say(Buffer.alloc(1e6).length);",
  "others patch it": `
    for (const name of ["alloc", "from", "concat", "allocUnsafe"]) { const own = Buffer[name]; Buffer[name] = function (...args) { return own.apply(this, args); }; }
    const kept = []; for (let i = 0; i < 200; i++) kept.push(Buffer.alloc(1e5), Buffer.from("x".repeat(1e5)), Buffer.concat([Buffer.allocUnsafe(1e5)]));
    say(kept.length, kept.reduce((sum, { length }) => sum + length, 0));`,
  "the language is patched": `
    const calls = [];
    for (const proto of [WeakMap.prototype, Set.prototype]) for (const key of ["get", "set", "has"]) if (proto[key]) { const own = proto[key]; proto[key] = function (...args) { calls.push(key); return own.apply(this, args); }; }
    Math.random = Math.log = Math.exp = Date.now = () => { calls.push("number"); return 0; };
    Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), "buffer", { get() { calls.push("buffer"); } });
    for (let i = 0; i < 300; i++) Buffer.alloc(1e5);
    say(calls.length);`,
  "the numbers of Math.random": "for (let i = 0; i < 300; i++) Buffer.alloc(1e5); say(Math.random(), Math.random());",
};

test.for(Object.entries(unseen))("the program does not see it: %s", async ([, text]) => {
  const say = "const said = []; const say = (...all) => said.push(all);";
  const whole = `${say} ${text}; process.stdout.write(JSON.stringify(said));`;
  const args = ["--random-seed=7", "--input-type=module", "--eval", whole];
  const bare = await new Program(args, { cwd: folder }).ended;
  const env = { PPROF_MEM_RATE: "65536" };
  const profiled = await new Program(["--import", "@pprof-ts/runtime/register", ...args], { cwd: folder, env }).ended;
  expect(bare.stdout).not.toBe("");
  expect([profiled.code, profiled.stdout]).toEqual([bare.code, bare.stdout]);
});
