import { checkGoTrace, readGoTrace, TRACE_EVENTS } from "@pprof-ts/profile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchProfile, namesOf } from "./fetch-profile.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";

let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

/** What programs do to what they have in common with the profiler, as they start. */
const hostile: Record<string, string> = {
  "nothing at all": "",
  "prepareStackTrace is an accessor":
    'define(Error, "prepareStackTrace", { get: noted, set: noted, configurable: true, enumerable: true });',
  "prepareStackTrace is an accessor for good": 'define(Error, "prepareStackTrace", { get() {}, set: noted });',
  "prepareStackTrace cannot be written":
    'define(Error, "prepareStackTrace", { value: () => "mine", configurable: true, writable: false });',
  "prepareStackTrace can be written only": 'define(Error, "prepareStackTrace", { value: undefined, writable: true });',
  "prepareStackTrace is deleted": "delete Error.prepareStackTrace;",
  "prepareStackTrace is inherited": "delete Error.prepareStackTrace; Function.prototype.prepareStackTrace = noted;",
  "prepareStackTrace is enumerable": "delete Error.prepareStackTrace; Error.prepareStackTrace = () => 1;",
  "stackTraceLimit is an accessor":
    'define(Error, "stackTraceLimit", { get: noted, set: noted, configurable: true, enumerable: true });',
  "stackTraceLimit is deleted": "delete Error.stackTraceLimit;",
  "stackTraceLimit is no number": "Error.stackTraceLimit = NaN;",
  "stackTraceLimit is inherited": "delete Error.stackTraceLimit; Function.prototype.stackTraceLimit = 2;",
  "Error is frozen": "Object.freeze(Error);",
  "Error takes nothing more": "delete Error.prepareStackTrace; Object.preventExtensions(Error);",
  "Error is another": "globalThis.Error = class Error {};",
  "captureStackTrace is patched": "Error.captureStackTrace = noted;",
  "captureStackTrace is deleted": "delete Error.captureStackTrace;",
  "process is deleted": "delete globalThis.process;",
  "process is another": "globalThis.process = { getBuiltinModule: noted, hrtime: noted };",
  "process is an accessor": 'define(globalThis, "process", { get: noted, configurable: true });',
  "getBuiltinModule is patched": "process.getBuiltinModule = noted;",
  "getBuiltinModule is deleted": "delete process.getBuiltinModule;",
  "process.hrtime is patched": "process.hrtime = process.memoryUsage = noted;",
  "Buffer is deleted": "delete globalThis.Buffer;",
  "the language is deleted":
    'for (const name of ["Object", "Reflect", "Symbol", "JSON", "Number", "Map", "Atomics", "globalThis", "console"]) delete global[name];',
  "the language is another":
    'for (const name of ["Object", "Reflect", "Symbol", "JSON", "Number", "Map", "Atomics", "Error"]) global[name] = noted;',
  "the language is patched":
    "Object.defineProperty = Object.entries = Reflect.defineProperty = Reflect.deleteProperty = Symbol.for = noted;",
  "every object has a toJSON":
    'define(Object.prototype, "toJSON", { value() { return own ? this : "mine"; }, configurable: true });',
  "every object has getters": `for (const name of ["frames", "kind", "promises", "stack", "site", "labels", "walk", "begin", "millis", "count"])
    define(Object.prototype, name, { get: () => 5, set(value) { define(this, name, { __proto__: null, value, writable: true, configurable: true, enumerable: true }); }, configurable: true });`,
  "every object has a get": 'define(Object.prototype, "get", { value: 5, configurable: true });',
};

/** The program: it says whether what it has done to them still stands, and how often it was asked. */
const program = (act: string): string => `
import process from "node:process";
import { setInterval, setTimeout } from "node:timers";
import { newProfile, trace, withLabels } from "@pprof-ts/runtime";
const global = globalThis;
const { hrtime } = process;
const { defineProperty: define, ownKeys, getOwnPropertyDescriptor } = Reflect;
const { entries } = Object;
const { stringify } = JSON;
const NumberOf = Number;
const PromiseOf = Promise;
const OwnError = Error;
const send = process.send.bind(process);
const FunctionPrototype = Function.prototype;
const known = new Map();
const idOf = (value) => known.get(value) ?? (known.set(value, known.size), known.get(value));
let asked = 0;
// Whether the program itself makes JSON.
let own = true;
function noted() { asked++; }
const snapshot = () => stringify([OwnError, FunctionPrototype, process].map((object) =>
  ownKeys(object).filter((key) => typeof key === "string" && key !== "_events" && key !== "_eventsCount").map((key) =>
    [key, entries(getOwnPropertyDescriptor(object, key)).map(([name, value]) =>
      [name, typeof value === "number" && value !== value ? "NaN" : typeof value === "object" || typeof value === "function" ? idOf(value) : value])])));
${act}
const before = snapshot();
own = false;
const leases = newProfile("leases");
(function lease() { leases.add({}); })();
function busy() { const end = hrtime.bigint() + 10_000_000n; while (hrtime.bigint() < end); }
setInterval(() => withLabels({ route: "/x" }, busy), 40);
async function errand() { await new PromiseOf((resolve) => setTimeout(resolve, 5)); }
async function errands() { const task = trace.task("errands"); await task.run(errand); task.end(); }
setInterval(errands, 50);
process.on("message", () => (own = true) && send({ same: snapshot() === before, before, after: snapshot(), asked }));
`;

const namesIn = async (url: string): Promise<Set<string>> => namesOf(await fetchProfile(url));

test.concurrent.for(Object.keys(hostile))(
  "%s: every profile is right, and the program finds what it had",
  { timeout: 120_000 },
  async (name) => {
    const env = { PPROF_BLOCK_RATE: "1000000", PPROF_MUTEX_FRACTION: "1" };
    const running = Program.registered(program(hostile[name]!), { cwd: folder, env });
    try {
      const base = await running.url();
      // On a busy machine, a second may have few samples of it.
      while (!(await namesIn(`${base}profile?seconds=1`)).has("busy"));
      expect(await namesIn(`${base}leases`)).toContain("lease");
      while (!(await namesIn(`${base}profile?seconds=1&lines=1`)).has("busy"));
      expect(await namesIn(`${base}heap?gc=1`)).toContain("(process memory)");
      while (!(await namesIn(`${base}block`)).has("busy"));
      for (const level of ["L", "E"]) {
        // What notes in the program was loaded after that was done, and does note: how it awaits, whatever became of the ways to know.
        for (let noted = false; !noted; ) {
          const trace = await fetch(`${base}trace?seconds=0.4&level=${level}`);
          const bytes = new Uint8Array(await trace.arrayBuffer());
          expect(checkGoTrace(bytes)).toBeUndefined();
          const { events, frames, strings } = readGoTrace(bytes).trace;
          const kinds = Array.from(events.kind, (row) => TRACE_EVENTS[row]!.name);
          const named = Array.from(frames.function, (row) => strings[row]!);
          noted = kinds.includes("heap") && (level === "L" || named.includes("errand"));
        }
      }
      for (const other of ["goroutine", "mutex", "threadcreate", "allocs?seconds=1"]) await namesIn(base + other);
      const told = new Promise<{ before: string; after: string; asked: number }>((resolve) => {
        running.child.once("message", (message) => resolve(message as never));
      });
      running.child.send("tell");
      const { before, after, asked } = await told;
      expect(JSON.parse(after)).toEqual(JSON.parse(before));
      // The options of this thread are applied once the port is there, by what the language is then.
      if (name !== "the language is patched") expect([name, asked]).toEqual([name, 0]);
      expect(running.child.exitCode).toBeNull();
    } finally {
      await running.stop();
    }
  },
);
