import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import { AddressSamples } from "../build/address-samples.ts";
import type { Input } from "../build/input.ts";
import { parseInt64, quoteLine, truncate } from "../build/int64.ts";
import { readSections } from "../build/memory-map.ts";
import { GoSymbols } from "./go-symbols.ts";

const HEAD = /^--- (?:contentionz |mutex:|contention:)/;
const SAMPLE = /(?<!\d)(\d{1,30}) *(\d{1,30}) @([ x0-9a-f]*)/;

export function isContention(input: Input): boolean {
  return HEAD.test(input.head);
}

/** Reads contention profiles of C++ programs and the text of Go's block and mutex profiles. */
export function readContention(input: Input): Profile {
  const lines = input.lines();
  lines.next();
  const attributes = new Map([
    ["cycles/second", 0n],
    ["sampling period", 1n],
    ["ms since reset", 0n],
    ["discarded samples", 0n],
  ]);
  let inSamples = false;
  while (!inSamples && lines.next()) {
    const line = lines.line.trim();
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    inSamples = equals < 0 || line.startsWith("---");
    if (inSamples) break;
    const name = line.slice(0, equals).trim();
    if (!attributes.has(name)) {
      throw new ProfileError(`malformed profile: unknown attribute ${quoteLine(line)} of a contention profile`);
    }
    attributes.set(name, parseInt64(line.slice(equals + 1).trim(), line));
  }
  const period = attributes.get("sampling period")!;
  const cycles = attributes.get("cycles/second")!;
  const samples = new AddressSamples();
  const symbols = new GoSymbols(samples);
  for (let more = inSamples; more; more = lines.next()) {
    const line = lines.line.trim();
    if (line.startsWith("---")) break;
    if (line === "") continue;
    if (line.startsWith("#")) {
      symbols.comment(line);
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (sample === null) {
      input.odd(`line ${lines.number} is no contention sample: ${quoteLine(line)}`);
      symbols.skip();
      continue;
    }
    let delay = parseInt64(sample[1]!, line);
    let count = parseInt64(sample[2]!, line);
    if (period > 0n) {
      if (cycles > 0n) delay = truncate((Number(delay) * Number(period)) / (Number(cycles) / 1e9));
      count = BigInt.asIntN(64, count * period);
    }
    symbols.stack(samples.calls(sample[3]!), [count, delay]);
  }
  return symbols.finish(
    {
      sampleTypes: [
        { type: "contentions", unit: "count" },
        { type: "delay", unit: "nanoseconds" },
      ],
      periodType: { type: "contentions", unit: "count" },
      period,
      durationNanos: BigInt.asIntN(64, attributes.get("ms since reset")! * 1000000n),
    },
    readSections(lines),
  );
}
