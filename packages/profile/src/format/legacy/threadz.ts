import type { Profile } from "../../profile.ts";
import { ADDRESS, AddressSamples, parseAddress } from "../build/address-samples.ts";
import type { Input } from "../build/input.ts";
import { quoteLine } from "../build/int64.ts";
import { isMemoryMap, readSections } from "../build/memory-map.ts";
import { dropDuplicateLeaves } from "./legacy-cpu.ts";

const START = /--- threadz \d+ ---/;
const THREAD_OPEN = /--- Thread [\da-fA-F]+ \(name: /g;
const THREAD_CLOSE = /\/\d+\) stack: ---/;

export function isThreadz(input: Input): boolean {
  const first = input.head.split("\n").find((line) => line.trim() !== "" && !line.startsWith("#")) ?? "";
  return START.test(first) || isThread(first);
}

/** Whether a line is `--- Thread 1f (name: NAME/7) stack: ---`. Looked for in halves: whole, it would be at each beginning. */
function isThread(line: string): boolean {
  THREAD_OPEN.lastIndex = 0;
  return THREAD_OPEN.test(line) && THREAD_CLOSE.test(line.slice(THREAD_OPEN.lastIndex));
}

/** Reads the stacks of a C++ program's threads. */
export function readThreadz(input: Input): Profile {
  const lines = input.lines();
  lines.seek((line) => START.test(line) || isThread(line));
  if (START.test(lines.line)) lines.seek((line) => isMemoryMap(line) || line.startsWith("-"));
  const samples = new AddressSamples();
  const calls = new Map<string, number>();
  let inThread = isThread(lines.line);
  while (inThread) {
    let stack: number[] = [];
    let isSame = false;
    while (lines.next() && !lines.line.trim().startsWith("---")) {
      if (lines.line.includes("same as previous thread")) isSame = true;
      for (const [address] of lines.line.matchAll(ADDRESS)) {
        // The first is where the thread is, the others are where calls return to.
        let row = stack.length === 0 ? samples.row(parseAddress(address)) : calls.get(address);
        if (row === undefined) {
          row = samples.callRow(parseAddress(address));
          calls.set(address, row);
        }
        stack.push(row);
      }
    }
    if (isSame) stack = [];
    const last = samples.samples.at(-1);
    if (stack.length > 0) samples.add(stack, [1n]);
    else if (last !== undefined) last.values[0]!++;
    const line = lines.line.trim();
    inThread = isThread(line);
    if (!inThread && line !== "" && !isMemoryMap(line) && !line.startsWith("---- no stack trace for")) {
      input.odd(`line ${lines.number} starts no thread: ${quoteLine(line)}`);
      inThread = lines.seek((next) => isThread(next) || isMemoryMap(next)) && isThread(lines.line);
    }
  }
  const type = { type: "thread", unit: "count" };
  const used = samples.usedRows();
  const mappings = readSections(lines);
  dropDuplicateLeaves(samples);
  return samples.finish({ sampleTypes: [type], periodType: type, period: 1 }, mappings, used);
}
