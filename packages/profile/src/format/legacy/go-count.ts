import type { Profile } from "../../profile.ts";
import { AddressSamples } from "../build/address-samples.ts";
import type { Input } from "../build/input.ts";
import { parseInt64, quoteLine } from "../build/int64.ts";
import { readSections } from "../build/memory-map.ts";
import { GoSymbols } from "./go-symbols.ts";

const BLANK = "(?:[ \\t]*(?:#.*)?\\r?\\n)*";
const HEADER = /^(\S+) profile: total \d+$/;
const HEAD = new RegExp(`^${BLANK}\\S+ profile: total \\d+\\r?(?:\\n|$)`);
const SAMPLE = /^(\d{1,30}) @([ x0-9a-f]*)$/;
const ADDRESS = /^0x[0-9a-f]+$/;

export function isGoCount(input: Input): boolean {
  return HEAD.test(input.head);
}

/** Reads the text of Go's profiles that count: goroutine, threadcreate and any that a program made itself. */
export function readGoCount(input: Input): Profile {
  const lines = input.lines();
  lines.seek((line) => HEADER.test(line));
  const type = { type: HEADER.exec(lines.line)![1]!, unit: "count" };
  const samples = new AddressSamples();
  const symbols = new GoSymbols(samples);
  while (lines.next()) {
    const line = lines.line.trimEnd();
    if (line === "") continue;
    if (line.startsWith("#")) symbols.comment(line);
    else if (line.startsWith("---")) break;
    else {
      const sample = SAMPLE.exec(line);
      // Each address by itself: an expression for all of them has no room for those of a very deep stack.
      const [before, ...addresses] = sample?.[2]?.split(" ") ?? [];
      if (sample === null || before !== "" || !addresses.every((address) => ADDRESS.test(address))) {
        input.odd(`line ${lines.number} is no ${type.type} sample: ${quoteLine(line)}`);
        symbols.skip();
        continue;
      }
      symbols.stack(samples.calls(sample[2]!), [parseInt64(sample[1]!, line)]);
    }
  }
  return symbols.finish({ sampleTypes: [type], periodType: type, period: 1 }, readSections(lines));
}
