import { afterAll, beforeAll, expect, test } from "vitest";
import { pprof as express } from "../src/adapter/express.ts";
import { pprof as fastify } from "../src/adapter/fastify.ts";
import { handler } from "../src/adapter/fetch.ts";
import { pprof as hono } from "../src/adapter/hono.ts";
import { pprof as http } from "../src/adapter/http.ts";
import { pprof as koa } from "../src/adapter/koa.ts";
import {
  listen,
  setBlockProfileRate,
  setMemProfileRate,
  setMutexProfileFraction,
  startCpuProfile,
} from "../src/index.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";

let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

const ODD_NUMBERS = [0.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY, -0.5, -1, "abc", "5", null, {}, [5], true, 5n];
const ODD_DURATIONS = ["abc", "", "-1s", "1e9h", "9".repeat(400), 0.5, 1e300, Number.NaN, -1, null, {}, ["5m"], true];
const ODD_FLAGS = ["1", "no", 1, 0, null, {}];
const ODD_LISTS = [null, {}, "a.com", 5, [5], [null], [""], ["*"], ["http://a.com/"], ["a b"]];
const ODD_TEXTS = [null, 5, {}, ["x"], true];

/** Of each option, what it cannot be. */
const odd: Readonly<Record<string, readonly unknown[]>> = {
  token: [...ODD_TEXTS, "", "se cret", "sécret"],
  allow: [...ODD_LISTS, [], ["10.0.0.0/"], "10.0.0.1"],
  processes: ODD_FLAGS,
  memProfileRate: ODD_NUMBERS,
  allocs: ODD_FLAGS,
  blockProfileRate: ODD_NUMBERS,
  mutexProfileFraction: ODD_NUMBERS,
  stallBudget: ODD_DURATIONS,
  stallBudgetPerMinute: [...ODD_DURATIONS, 0, "0s"],
  maxSeconds: [...ODD_NUMBERS, 0],
  warm: [...ODD_NUMBERS.filter((value) => value !== true), 10_001],
  keep: ODD_DURATIONS,
  keepHeap: ODD_DURATIONS,
  keepGoroutine: ODD_DURATIONS,
  sourceMapHosts: ODD_LISTS,
  onStall: ODD_DURATIONS,
  stallDirectory: [...ODD_TEXTS, "", "a\0b"],
  onExit: [...ODD_TEXTS, "", "a\0b"],
  onSignal: [...ODD_TEXTS, "", "SIGNOT", "SIGKILL", "SIGSTOP", "toString"],
  push: [...ODD_TEXTS, "", "localhost:4040", "file:///tmp/a", "http://me:you@localhost:4040"],
  pushEvery: [...ODD_DURATIONS, 0, "999ms"],
  pushName: [...ODD_TEXTS, "", " "],
  pushToken: [...ODD_TEXTS, "", "se cret", "sécret"],
};
const oddToListen: typeof odd = {
  ...odd,
  host: [...ODD_TEXTS, ""],
  port: [0.5, -1, 65_536, Number.NaN, "6060x", "6060", "", null, {}],
  allowedHosts: ODD_LISTS,
  insecure: ODD_FLAGS,
  hosts: [["a.com"]],
  alow: [["10.0.0.0/8"]],
};
const oddToMount: typeof odd = { ...odd, prefix: ODD_TEXTS, hosts: ODD_LISTS, allowedHosts: [["a.com"]], alow: [[]] };

const app = { prefix: "", register() {} };
/** Whatever takes options. */
const takers: readonly [name: string, take: (options: never) => unknown, odd: typeof odd][] = [
  ["listen", listen, oddToListen],
  ["express", express, oddToMount],
  ["fastify", (options) => fastify(app as never, options), { ...oddToMount, prefix: [] }],
  ["fetch", handler, oddToMount],
  ["hono", hono, oddToMount],
  ["http", (options) => http(options), oddToMount],
  ["koa", koa, oddToMount],
];

async function refusalOf(act: () => unknown): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    return error;
  }
}

/** What a sentence has of a value: of a secret nothing. */
function shown(name: string, value: unknown): RegExp {
  if (/token/i.test(name) || typeof value === "bigint") return /token|5/i;
  const text = typeof value === "object" && value !== null && !Array.isArray(value) ? "{}" : `${value ?? "null"}`;
  return new RegExp(text.slice(0, 50).replaceAll(/[^\w ]/g, "\\$&"));
}

for (const [taker, take, oddities] of takers) {
  test.for(Object.entries(oddities))(`${taker} refuses odd values of %s in a sentence`, async ([name, values]) => {
    for (const value of values) {
      // With what several of them need.
      const needed = { keep: "1m", onExit: "x", push: "http://localhost:1" };
      const error = await refusalOf(() => take({ ...(name in odd ? needed : {}), [name]: value } as never));
      expect(error, String(value)).toMatchObject({ name: "RuntimeError" });
      const { message } = error as Error;
      expect(message).toMatch(/must|unknown option/);
      expect(message).toContain(name);
      if (!(name in odd) && /^unknown/.test(message)) continue;
      if (Array.isArray(value) && value.length !== 1) continue;
      if (message.includes("\0")) throw new Error("a control character");
      if (!String(value).includes("\0")) expect(message).toMatch(shown(name, Array.isArray(value) ? value[0] : value));
    }
  });

  // Fastify gives an object of its own.
  if (taker === "fastify") continue;
  test.for([null, 5, "6060", true, ["x"]])(`${taker} refuses %j in place of options`, async (options) => {
    expect(await refusalOf(() => take(options as never))).toMatchObject({ name: "RuntimeError" });
  });
}

test("what is undefined is left out", async () => {
  expect(http({ token: undefined, allow: undefined } as never)).toBeTypeOf("function");
});

test("functions refuse odd numbers at once", () => {
  for (const set of [setMemProfileRate, setBlockProfileRate, setMutexProfileFraction]) {
    for (const value of ODD_NUMBERS) {
      if (set === setMutexProfileFraction && value === -1) continue;
      expect(() => set(value as never), String(value)).toThrow(/must be a whole number/);
    }
  }
  return Promise.all(
    ODD_NUMBERS.map((rate) =>
      expect(startCpuProfile(undefined, rate as never)).rejects.toThrow(/must be samples a second/),
    ),
  );
});

test("the least and the greatest of each number end no program", { timeout: 60_000 }, async () => {
  const code = `
    import { listen, setBlockProfileRate, setMemProfileRate, setMutexProfileFraction } from "@pprof-ts/runtime";
    const most = Number.MAX_SAFE_INTEGER;
    const { url } = await listen({ port: 0, memProfileRate: most, blockProfileRate: most, mutexProfileFraction: most, keep: "596h", maxSeconds: 1 });
    const statuses = [];
    for (const value of [1, most, 0]) {
      await Promise.all([setMemProfileRate(value), setBlockProfileRate(value)]);
      setMutexProfileFraction(value);
      for (const name of ["heap", "block", "mutex", "profile?last=1"]) statuses.push((await fetch(url + name)).status);
    }
    console.log(JSON.stringify(statuses));
    process.exit(5);`;
  const { code: end, stdout } = await new Program(["--input-type=module", "--eval", code], { cwd: folder }).ended;
  expect([end, JSON.parse(stdout)]).toEqual([5, Array.from({ length: 12 }, (_, at) => (at === 8 ? 500 : 200))]);
});
