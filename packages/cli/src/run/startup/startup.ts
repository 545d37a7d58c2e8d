import path from "node:path";
import { type LabelFields, type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { readImporters } from "./importers.ts";
import { type Moment, readMoments, type ThreadMoments } from "./moments.ts";

/** What it cannot tell, in place of a module. */
const ES_MODULES = "(finding, reading and compiling ES modules)";
const NOT_TOLD = "(loading, not told of which)";

const SAYS = [
  "by the clock: modules being found, read, compiled (phase=load) and run (phase=run)",
  "not in it: modules that no sample met, and what the event loop waited for",
  "loading is a module's where that was seen to run next: not that of JSON",
  "ES modules are loaded together: V8 does not tell which of them it is at",
  "who imported an ES module is what the sources say, as they are now",
];

interface Total {
  readonly chain: readonly string[];
  readonly labels: readonly LabelFields[];
  nanos: bigint;
  modules: number;
}

/**
 * The profile of what a program imports, whose frames are modules, from one of CPU samples with their times. Of `directory`, the files
 * are shown by their names there. Undefined: no module was loaded.
 */
export async function startupProfile(cpu: Profile, directory: string): Promise<Profile | undefined> {
  const totals = new Map<string, Total>();
  for (const thread of readMoments(cpu)) await addThread(thread, totals);
  if (totals.size === 0) return undefined;
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "modules", unit: "count" },
      { type: "startup", unit: "nanoseconds" },
    ],
    periodType: { type: "startup", unit: "nanoseconds" },
    period: cpu.period,
    timeNanos: cpu.timeNanos,
    durationNanos: cpu.durationNanos,
    comments: SAYS,
  });
  const [first] = cpu.mappings.length > 0 ? [cpu.strings.get(cpu.mappings.filename[0]!)] : [];
  const symbolized = { hasFunctions: true, hasFilenames: true, hasLineNumbers: true, hasInlineFrames: true };
  const mapping = builder.mapping({ filename: first ?? "node", ...symbolized });
  const locationOf = (file: string): number => {
    const filename = file.startsWith("(") ? "" : file;
    const fn = builder.function({ name: shownName(file, directory), filename, startLine: filename === "" ? 0 : 1 });
    return builder.location({ mapping, lines: [{ function: fn, line: filename === "" ? 0 : 1 }] });
  };
  for (const { chain, labels, nanos, modules } of totals.values()) {
    builder.sample(chain.map(locationOf).reverse(), [modules, nanos], labels);
  }
  return builder.build();
}

/** By its package where it is one of those, and else by its place. */
function shownName(file: string, directory: string): string {
  if (file.startsWith("(") || file.startsWith("node:")) return file;
  const plain = file.replaceAll("\\", "/");
  const at = plain.lastIndexOf("/node_modules/");
  if (at >= 0) return plain.slice(at + "/node_modules/".length);
  const relative = path.relative(directory, file);
  return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative.replaceAll("\\", "/");
}

async function addThread({ labels, script, moments }: ThreadMoments, totals: Map<string, Total>): Promise<void> {
  const spent = toModules(moments);
  const roots = spent.flatMap(({ chain: [root] }) => (root === undefined || root.startsWith("(") ? [] : [root]));
  const importers = script === undefined ? new Map() : await readImporters(script, roots);
  const texts = labels.map(([key, value]): LabelFields => ({ key, value }));
  const seen = new Set<string>();
  const add = (chain: readonly string[], phase: string, nanos: bigint, modules: number): void => {
    const key = JSON.stringify([chain, phase, labels]);
    const total = totals.get(key);
    if (total === undefined) {
      totals.set(key, { chain, labels: [...texts, { key: "phase", value: phase }], nanos, modules });
      return;
    }
    total.nanos += nanos;
    total.modules += modules;
  };
  for (const { chain, phase, nanos } of spent) {
    const whole = [...(importers.get(chain[0]!) ?? []), ...chain];
    add(whole, phase, nanos, 0);
    for (const [at, file] of whole.entries()) {
      if (seen.has(file) || file.startsWith("(")) continue;
      seen.add(file);
      add(whole.slice(0, at + 1), phase, 0n, 1);
    }
  }
}

interface Spent {
  readonly chain: readonly string[];
  readonly phase: "load" | "run";
  readonly nanos: bigint;
}

/**
 * Whose time each moment is. What a module spends before it runs, in being found, read and compiled, stands below whoever imports it: it
 * is that of the module which runs next there.
 */
function toModules(moments: readonly Moment[]): Spent[] {
  const spent: Spent[] = [];
  const begun = new Set<string>();
  /** Loads below the same module, of which is not known yet what they load. */
  let loads: Moment[] = [];
  const settle = (chain: readonly string[]): void => {
    const [first] = loads;
    if (first === undefined) return;
    const next = chain[first.chain.length];
    const goesOn = next !== undefined && !begun.has(next) && first.chain.every((file, at) => file === chain[at]);
    const told = goesOn && !first.isApart ? next : first.isApart ? ES_MODULES : NOT_TOLD;
    for (const { nanos } of loads) spent.push({ chain: [...first.chain, told], phase: "load", nanos });
    loads = [];
  };
  let before: Moment | undefined;
  for (const moment of moments) {
    // The collector has no stack: it is at work for what ran before.
    const now: Moment = moment.what === "collect" && before !== undefined ? { ...before, nanos: moment.nanos } : moment;
    before = now;
    const [first] = loads;
    const isSame =
      first !== undefined && now.isApart === first.isApart && now.chain.join("\0") === first.chain.join("\0");
    if (!(now.what === "load" && isSame)) settle(now.chain);
    if (now.what === "load") loads.push(now);
    else if (now.what === "run") spent.push({ chain: now.chain, phase: "run", nanos: now.nanos });
    for (const file of now.chain) begun.add(file);
  }
  settle([]);
  return spent;
}
