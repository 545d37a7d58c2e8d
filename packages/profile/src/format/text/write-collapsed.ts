import type { Profile } from "../../profile.ts";
import { NamedFrames } from "../build/named-frames.ts";
import { sampleTypeColumn, type WriteOptions } from "../build/sample-type.ts";
import { TextWriter } from "../build/text-writer.ts";

/** Writes one sample type as collapsed stacks; equal stacks are one line, in the order of their coming. */
export function writeCollapsed(profile: Profile, { sampleType }: WriteOptions = {}): Uint8Array {
  const values = profile.samples.values[sampleTypeColumn(profile, sampleType)]!;
  const frames = new NamedFrames(profile);
  const sums = new Map<string, bigint>();
  for (let row = 0; row < profile.samples.length; row++) {
    // What separates frames and lines cannot stand in a name.
    const names = frames.stack(row).map((frame) => frames.frames[frame]!.name.replace(/[;\r\n]/g, ":") || "(unknown)");
    const stack = names.reverse().join(";") || "(empty)";
    sums.set(stack, (sums.get(stack) ?? 0n) + values[row]!);
  }
  const out = new TextWriter();
  for (const [stack, sum] of sums) out.write(`${stack} ${sum}\n`);
  return out.finish();
}
