import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { array, index, integer, isObject, type JsonObject, number, object, text } from "../build/json.ts";
import { scriptLocation } from "../build/script-frames.ts";
import { SymbolSamples, timestamp } from "../build/symbol-samples.ts";
import { CPU_TYPES } from "./cpuprofile.ts";

const HEAD = /^\s*\{\s*"(?:code|functions|ticks|scripts)"\s*:/;
/** What the virtual machine did, by the number that V8 gives it. */
const STATES: readonly string[] = [
  "js",
  "gc",
  "parser",
  "bytecode compiler",
  "compiler",
  "other",
  "external",
  "atomics wait",
  "idle",
  "logging",
];
const GC = 1;

export function isV8Log(input: Input): boolean {
  if (!HEAD.test(input.head)) return false;
  const json = input.json();
  return isObject(json) && Array.isArray(json.code) && Array.isArray(json.ticks);
}

/** Reads what `node --prof-process --preprocess` makes of the log of `node --prof`; the state of the machine is the label `vm`. */
export function readV8Log(input: Input): Profile {
  const json = object(input.json(), "the log");
  const ticks = array(json.ticks, "ticks").map((tick) => object(tick, "a tick"));
  const times = ticks.map(({ tm }) => number(tm, "tm of a tick"));
  const first = times[0] ?? 0;
  const micros = Math.max((times.at(-1) ?? 0) - first, 0);
  const period = Math.round((micros * 1000) / Math.max(ticks.length - 1, 1));
  const out = new SymbolSamples({ ...CPU_TYPES, period, durationNanos: Math.round(micros * 1000) }, input.stackBytes);
  const codes = readCodes(json, out);
  const unknown = out.named("(unknown)");
  const collector = out.named("(garbage collector)");
  const rows = new Map<string, { readonly stack: number[]; readonly vm: number; count: number; nanos: number }>();
  ticks.forEach((tick, i) => {
    const pairs = array(tick.s, "s of a tick");
    const vm = integer(tick.vm ?? 0, "vm of a tick");
    const stack: number[] = vm === GC ? [collector] : [];
    for (let at = 0; at < pairs.length; at += 2) {
      // Addresses that belong to no code follow each other without end in native stacks: one frame stands for them.
      const location = pairs[at] === -1 ? unknown : codes[index(pairs[at], codes.length, "a code of a tick")]!;
      if (location !== unknown || stack.at(-1) !== unknown) stack.push(location);
    }
    const nanos = i === 0 ? 0 : Math.max(times[i]! - times[i - 1]!, 0) * 1000;
    if (input.timestamps) {
      out.add(stack, [1, nanos], [state(vm), timestamp(times[i]! * 1000)]);
      return;
    }
    const key = `${vm}:${stack.join()}`;
    const row = rows.get(key);
    if (row === undefined) rows.set(key, { stack, vm, count: 1, nanos });
    else {
      row.count++;
      row.nanos += nanos;
    }
  });
  for (const { stack, vm, count, nanos } of rows.values()) out.add(stack, [count, nanos], [state(vm)]);
  return out.build();
}

function state(vm: number): { key: string; value: string } {
  return { key: "vm", value: STATES[vm] ?? `state ${vm}` };
}

/** The location of each code object; those of one function, unoptimized and optimized, are one. */
function readCodes(json: JsonObject, out: SymbolSamples): number[] {
  return array(json.code, "code").map((value) => {
    const code = object(value, "a code");
    const name = text(code.name, "name of a code");
    return (code.type === "JS" ? scriptCode(name, out) : undefined) ?? out.named(name);
  });
}

/** The location of `function file:line:column`; the function is empty where it has no name. */
function scriptCode(text: string, out: SymbolSamples): number | undefined {
  const columnAt = text.lastIndexOf(":");
  const lineAt = text.lastIndexOf(":", columnAt - 1);
  const [line, column] = [Number(text.slice(lineAt + 1, columnAt)), Number(text.slice(columnAt + 1))];
  if (lineAt < 0 || !Number.isSafeInteger(line) || !Number.isSafeInteger(column)) return undefined;
  const space = text.lastIndexOf(" ", lineAt);
  const callFrame = {
    functionName: text.slice(0, Math.max(space, 0)),
    url: text.slice(space + 1, lineAt),
    lineNumber: line - 1,
    columnNumber: column - 1,
  };
  return scriptLocation(out, callFrame);
}
