import type { LabelFields } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { Profile, ValueType } from "../../profile.ts";
import { ADDRESS, AddressSamples, parseAddress } from "../build/address-samples.ts";
import type { Input } from "../build/input.ts";
import { parseInt64, quoteLine } from "../build/int64.ts";
import { readJavaSymbols } from "./java-symbols.ts";
import { unsample } from "./legacy-heap.ts";

const HEAD = /^--- (heap|contention)z 1 ---\s*\n[^@]*?format *= *java/;
const ATTRIBUTE = /([\w ]{1,80})=([\w ]{1,80})/;
const SAMPLE = /^(\d{1,30}) {1,80}(\d{1,30}) {1,80}@ {1,80}([ x0-9a-f]*)/;
/** Java's agents sample an allocation each so many bytes. */
const HEAP_RATE = 524288n;

export function isLegacyJava(input: Input): boolean {
  return HEAD.test(input.head);
}

/** Reads the heap and contention profiles of Java agents: attributes, samples, symbols. */
export function readLegacyJava(input: Input): Profile {
  const lines = input.lines();
  lines.next();
  const isHeap = lines.line.includes("heapz");
  let unit = "";
  let period = 0n;
  let durationNanos = 0n;
  let attribute: RegExpExecArray | null = null;
  while (lines.next()) {
    const line = lines.line.trim();
    if (line === "") continue;
    attribute = ATTRIBUTE.exec(line);
    if (attribute === null) break;
    const name = attribute[1]!.trim();
    const value = attribute[2]!.trim();
    if (name === "format" && value === "java") continue;
    if (name === "resolution") unit = value;
    else if (name === "sampling period" && !isHeap) period = parseInt64(value, line);
    else if (name === "ms since reset" && !isHeap) durationNanos = parseInt64(value, line) * 1000000n;
    else throw new ProfileError(`malformed profile: unknown attribute ${quoteLine(line)} of a Java profile`);
  }
  const samples = new AddressSamples();
  for (let more = attribute === null; more; more = lines.next()) {
    const line = lines.line.trim();
    if (line === "") continue;
    const sample = SAMPLE.exec(line);
    if (sample === null) break;
    const space = parseInt64(sample[1]!, line);
    const count = parseInt64(sample[2]!, line);
    const stack = Array.from(sample[3]!.matchAll(ADDRESS), ([address]) => samples.row(parseAddress(address)));
    const { values, labels } = isHeap ? heapValues(count, space, line) : contentionValues(count, space, period);
    samples.add(stack, values, labels);
  }
  const sampleTypes: readonly ValueType[] = isHeap
    ? [
        { type: "inuse_objects", unit: "count" },
        { type: "inuse_space", unit },
      ]
    : [
        { type: "contentions", unit: "count" },
        { type: "delay", unit },
      ];
  const periodType = isHeap ? { type: "", unit: "" } : { type: "contentions", unit: "count" };
  return readJavaSymbols(lines, samples, { sampleTypes, periodType, period, durationNanos });
}

interface Values {
  readonly values: bigint[];
  readonly labels: LabelFields[];
}

function heapValues(count: bigint, space: bigint, line: string): Values {
  if (count === 0n) throw new ProfileError(`malformed profile: 0 objects in ${quoteLine(line)}`);
  return {
    values: unsample(count, space, HEAP_RATE),
    labels: [{ key: "bytes", value: space / count }],
  };
}

function contentionValues(count: bigint, delay: bigint, period: bigint): Values {
  const scale = period === 0n ? 1n : period;
  return { values: [BigInt.asIntN(64, count * scale), BigInt.asIntN(64, delay * scale)], labels: [] };
}
