import type { Profile } from "../profile.ts";
import { type NamedFrame, NamedFrames } from "./named-frames.ts";
import { TextWriter } from "./text-writer.ts";

/** What a function costs at its lines, and its calls by callee and line. */
interface FunctionCosts {
  readonly frame: NamedFrame;
  readonly lines: Map<number, bigint[]>;
  readonly calls: Map<string, { readonly callee: NamedFrame; readonly line: number; readonly costs: bigint[] }>;
}

/** Writes callgrind's format: all sample types as events, each call with what it led to. */
export function writeCallgrind(profile: Profile): Uint8Array {
  const { samples, sampleTypes } = profile;
  const frames = new NamedFrames(profile);
  const functions = new Map<string, FunctionCosts>();
  for (let row = 0; row < samples.length; row++) {
    const stack = frames.stack(row).map((frame) => frames.frames[frame]!);
    if (stack.length === 0) stack.push({ name: "(empty)", filename: "", line: 0, column: 0, startLine: 0 });
    const values = samples.values.map((column) => column[row]!);
    const leaf = stack[0]!;
    const { lines } = functionOf(functions, leaf);
    const self = lines.get(leaf.line);
    if (self === undefined) lines.set(leaf.line, [...values]);
    else addTo(self, values);
    // A call that stands on the stack twice cost what it did but once.
    const seen = new Set<string>();
    for (let i = 1; i < stack.length; i++) {
      const caller = stack[i]!;
      const callee = stack[i - 1]!;
      const call = `${caller.line} ${keyOf(callee)}`;
      if (seen.has(`${keyOf(caller)} ${call}`)) continue;
      seen.add(`${keyOf(caller)} ${call}`);
      const { calls } = functionOf(functions, caller);
      const known = calls.get(call);
      if (known === undefined) calls.set(call, { callee, line: caller.line, costs: [...values] });
      else addTo(known.costs, values);
    }
  }
  const out = new TextWriter();
  out.write("# callgrind format\nversion: 1\ncreator: pprof-ts\npositions: line\nevents:");
  for (const { type, unit } of sampleTypes) out.write(` ${word(type)}(${word(unit)})`);
  out.write("\n");
  const names = { fl: new Map<string, number>(), fn: new Map<string, number>() };
  for (const { frame, lines, calls } of functions.values()) {
    out.write(`\nfl=${short(names.fl, frame.filename)}\nfn=${short(names.fn, frame.name)}\n`);
    for (const [line, costs] of lines) out.write(`${line} ${costs.join(" ")}\n`);
    for (const { callee, line, costs } of calls.values()) {
      out.write(`cfi=${short(names.fl, callee.filename)}\ncfn=${short(names.fn, callee.name)}\n`);
      // How often a call was made, samples do not tell.
      out.write(`calls=0 ${callee.startLine}\n${line} ${costs.join(" ")}\n`);
    }
  }
  return out.finish();
}

function keyOf({ name, filename }: NamedFrame): string {
  return `${filename}\n${name}`;
}

function functionOf(functions: Map<string, FunctionCosts>, frame: NamedFrame): FunctionCosts {
  const key = keyOf(frame);
  let fn = functions.get(key);
  if (fn === undefined) {
    fn = { frame, lines: new Map(), calls: new Map() };
    functions.set(key, fn);
  }
  return fn;
}

function addTo(sums: bigint[], values: readonly bigint[]): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!;
}

/** A name in full with a number when it first comes, then the number. */
function short(numbers: Map<string, number>, name: string): string {
  const known = numbers.get(name);
  if (known !== undefined) return `(${known})`;
  numbers.set(name, numbers.size + 1);
  return `(${numbers.size}) ${name.replace(/[\r\n]/g, " ") || "(unknown)"}`;
}

/** A type or unit without what separates events. */
function word(text: string): string {
  return text.replace(/[\s()]+/g, "_") || "_";
}
