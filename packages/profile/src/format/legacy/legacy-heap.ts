import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import { AddressSamples } from "../build/address-samples.ts";
import type { Input } from "../build/input.ts";
import { parseInt64, quoteLine, truncate } from "../build/int64.ts";
import { isMemoryMap, readMemoryMap } from "../build/memory-map.ts";
import { GoSymbols } from "./go-symbols.ts";

const TOTALS = "heap profile: *(\\d{1,30}): *(\\d{1,30}) *\\[ *(\\d{1,30}): *(\\d{1,30}) *\\] *@ *";
const HEAP = new RegExp(`${TOTALS}(heap[_a-z0-9]{0,20})/?(\\d{0,30})`);
const GROWTH = new RegExp(`${TOTALS}(?:growth|fragmentation)z?`);
const SAMPLE = /(-?\d{1,30}): *(-?\d{1,30}) *\[ *(\d{1,30}): *(\d{1,30}) *\] @([ x0-9a-f]*)/;

/** How each kind of header was sampled, from the number after its name. */
const KINDS = new Map<string, (rate: bigint) => { period: bigint; isSampled: boolean }>([
  ["heap_v2", (rate) => ({ period: rate, isSampled: true })],
  ["heapz_v2", (rate) => ({ period: rate, isSampled: true })],
  ["heapprofile", () => ({ period: 1n, isSampled: false })],
  // Go writes twice its rate.
  ["heap", (rate) => ({ period: rate / 2n, isSampled: true })],
]);

export function isLegacyHeap(input: Input): boolean {
  const header = input.head.split("\n", 1)[0]!;
  return KINDS.has(HEAP.exec(header)?.[5] ?? "") || GROWTH.test(header);
}

/** Reads heap (v1, v2), growth and fragmentation profiles of tcmalloc and the text of Go's heap and allocs profiles. */
export function readLegacyHeap(input: Input): Profile {
  const lines = input.lines();
  lines.next();
  const header = HEAP.exec(lines.line);
  const kind = KINDS.get(header?.[5] ?? "");
  let period = 1n;
  let isSampled = false;
  let hasAlloc = false;
  if (header !== null && kind !== undefined) {
    ({ period, isSampled } = kind(parseInt64(header[6] === "" ? "0" : header[6]!, lines.line)));
    hasAlloc = (header[3] !== header[1] && header[3] !== "0") || (header[4] !== header[2] && header[4] !== "0");
  }
  const samples = new AddressSamples();
  const symbols = new GoSymbols(samples);
  while (lines.next()) {
    const line = lines.line.trim();
    if (line === "") continue;
    if (line.startsWith("#")) symbols.comment(line);
    else if (isMemoryMap(line)) break;
    else {
      const sample = SAMPLE.exec(line);
      if (sample === null) {
        input.odd(`line ${lines.number} is no heap sample: ${quoteLine(line)}`);
        symbols.skip();
        continue;
      }
      const columns = hasAlloc ? [3, 4, 1, 2] : [1, 2];
      const values: bigint[] = [];
      let blockSize = 0n;
      for (let i = 0; i < columns.length; i += 2) {
        const count = parseInt64(sample[columns[i]!]!, line);
        const size = parseInt64(sample[columns[i + 1]!]!, line);
        if (count === 0n && size !== 0n) {
          throw new ProfileError(`malformed profile: 0 objects of ${size} bytes in ${quoteLine(line)}`);
        }
        if (count !== 0n) blockSize = size / count;
        values.push(...(isSampled ? unsample(count, size, period) : [count, size]));
      }
      symbols.stack(samples.calls(sample[5]!), values, [{ key: "bytes", value: blockSize }]);
    }
  }
  const types = hasAlloc ? ["alloc_", "inuse_"] : [""];
  return symbols.finish(
    {
      sampleTypes: types.flatMap((prefix) => [
        { type: `${prefix}objects`, unit: "count" },
        { type: `${prefix}space`, unit: "bytes" },
      ]),
      periodType: { type: "space", unit: "bytes" },
      period,
    },
    readMemoryMap(lines),
  );
}

/**
 * The objects and bytes that a sample of an allocation each `rate` bytes stands for: an object of size S is seen with
 * probability 1 - exp(-S / rate).
 */
export function unsample(count: bigint, size: bigint, rate: bigint): [count: bigint, size: bigint] {
  if (count === 0n || size === 0n) return [0n, 0n];
  if (rate <= 1n) return [count, size];
  const objects = Number(count);
  const bytes = Number(size);
  const scale = 1 / (1 - Math.exp(-(bytes / objects) / Number(rate)));
  return [truncate(objects * scale), truncate(bytes * scale)];
}
