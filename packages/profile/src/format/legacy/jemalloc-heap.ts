import type { Profile } from "../../profile.ts";
import { AddressSamples } from "../build/address-samples.ts";
import type { Input } from "../build/input.ts";
import { parseInt64, quoteLine } from "../build/int64.ts";
import { isMemoryMap, readMemoryMap } from "../build/memory-map.ts";

const HEADER = /^heap_v2\/(\d{1,18})\r?\n/;
/** What a thread (t3) or all of them (t*) have: objects and bytes in use, and in all. */
const COUNTS = /^t(\*|\d{1,15}): (\d{1,19}): (\d{1,19}) \[(\d{1,19}): (\d{1,19})\]$/;

export function isJemallocHeap(input: Input): boolean {
  return HEADER.test(input.head);
}

/**
 * Reads the heap profiles of jemalloc: a stack, and then what all threads have of it. The numbers are as they stand there:
 * jemalloc has long made estimates of them itself. Sums of all allocations are kept where it was told to count them.
 */
export function readJemallocHeap(input: Input): Profile {
  const lines = input.lines();
  lines.next();
  const period = parseInt64(lines.line.slice("heap_v2/".length), lines.line);
  const samples = new AddressSamples();
  const found: { readonly stack: readonly number[]; readonly counts: readonly bigint[] }[] = [];
  let stack: readonly number[] | undefined;
  while (lines.next()) {
    const line = lines.line.trim();
    if (isMemoryMap(line)) break;
    if (line === "") continue;
    if (line.startsWith("@")) {
      stack = samples.calls(line);
      continue;
    }
    const counts = COUNTS.exec(line);
    if (counts === null) input.odd(`line ${lines.number} is no stack and no count of jemalloc's: ${quoteLine(line)}`);
    // Those before the first stack are the sums of all.
    else if (counts[1] === "*" && stack !== undefined) {
      found.push({ stack, counts: counts.slice(2).map((text) => parseInt64(text, line)) });
      stack = undefined;
    }
  }
  const hasAll = found.some(({ counts }) => counts[2] !== 0n || counts[3] !== 0n);
  for (const { stack, counts } of found) {
    const [objects = 0n, bytes = 0n, allObjects = 0n, allBytes = 0n] = counts;
    const size = objects > 0n ? bytes / objects : allObjects > 0n ? allBytes / allObjects : 0n;
    const values = hasAll ? [allObjects, allBytes, objects, bytes] : [objects, bytes];
    samples.add(stack, values, [{ key: "bytes", value: size }]);
  }
  const mappings = readMemoryMap(lines);
  return samples.finish(
    {
      sampleTypes: (hasAll ? ["alloc_", "inuse_"] : [""]).flatMap((prefix) => [
        { type: `${prefix}objects`, unit: "count" },
        { type: `${prefix}space`, unit: "bytes" },
      ]),
      periodType: { type: "space", unit: "bytes" },
      period,
    },
    mappings,
    samples.usedRows(),
  );
}
