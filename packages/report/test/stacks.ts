import { readFileSync } from "node:fs";
import {
  type LabelFields,
  type Profile,
  ProfileBuilder,
  type ProfileHeader,
  type SharedStacks,
} from "@pprof-ts/profile";

/**
 * A profile from text, a sample a line: a stack root first, a value for each sample type, and labels, as in
 * `main@main.ts:3;outer@a.ts:7,inlined@b.ts:2 12 3000 user=ann bytes=16:bytes`. A frame may begin with the file of its
 * binary (`libc!`), and be an address (`libc!0x7f00`). Lines that begin with # are not samples.
 */
export function stacks(text: string, header: Partial<ProfileHeader> = {}): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }], ...header });
  const mappings = new Map<string, number>();
  const mapping = (filename: string): number => {
    let row = mappings.get(filename);
    if (row === undefined) {
      const start = BigInt(mappings.size + 1) << 20n;
      row = builder.mapping({ filename, start, limit: start + 0x100000n, hasFunctions: true });
      mappings.set(filename, row);
    }
    return row;
  };
  mapping("/srv/shop");
  const addresses = new Map<string, bigint>();
  for (const sample of text.trim().split("\n")) {
    if (sample.startsWith("#")) continue;
    const at = sample.search(/\s+-?\d+(\s|$)/);
    const words = sample.slice(at).trim().split(/\s+/);
    const values = words.filter((word) => !word.includes("=")).map(BigInt);
    const labels = words.filter((word) => word.includes("=")).map(label);
    const locations = sample
      .slice(0, at)
      .split(";")
      .map((frame) => {
        const [, binary, rest = ""] = /^(?:(\w+)!)?(.*)$/.exec(frame) ?? [];
        const row = mapping(binary === undefined ? "/srv/shop" : `/lib/${binary}.so`);
        if (rest.startsWith("0x")) return builder.location({ mapping: row, address: BigInt(rest) });
        const address = addresses.get(frame) ?? (BigInt(row + 1) << 20n) + BigInt(16 * (addresses.size + 1));
        addresses.set(frame, address);
        const lines = rest.split(",").map((call) => {
          const [, name = "", filename = "", line = "0"] = /^(.*?)(?:@([^:]*))?(?::(\d+))?$/.exec(call) ?? [];
          return { function: builder.function({ name, systemName: name, filename }), line: Number(line) };
        });
        return builder.location({ mapping: row, address, lines: lines.reverse() });
      });
    builder.sample(locations.reverse(), values, labels);
  }
  return builder.build();
}

function label(word: string): LabelFields {
  const [, key = "", value = "", unit] = /^([^=]*)=([^:]*)(?::(.*))?$/.exec(word) ?? [];
  if (!/^-?\d+$/.test(value)) return { key, value };
  return unit === undefined ? { key, value: BigInt(value) } : { key, value: BigInt(value), unit };
}

/** The profile of testdata/shop.txt. */
export function shop(): Profile {
  return stacks(readFileSync(new URL("testdata/shop.txt", import.meta.url), "utf8"), {
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
    periodType: { type: "cpu", unit: "nanoseconds" },
    period: 10_000_000,
    timeNanos: 1_700_000_000_123_456_789n,
    durationNanos: 2_000_000_000n,
    comments: ["a comment", "#a hidden one"],
    docUrl: "https://example.com/shop",
  });
}

/** The stacks of samples in their order, each as what it does not share with the one before it. */
export function sharedInOrder({ samples }: Profile): SharedStacks {
  const shared: number[] = [];
  const start = [0];
  const locations: number[] = [];
  let deepest = 0;
  let before: readonly number[] = [];
  for (let sample = 0; sample < samples.length; sample++) {
    const [from, to] = [samples.locationStart[sample], samples.locationStart[sample + 1]];
    const stack = [...samples.locations.subarray(from, to)].reverse();
    const differs = stack.findIndex((location, depth) => location !== before[depth]);
    shared.push(differs < 0 ? stack.length : differs);
    locations.push(...stack.slice(shared.at(-1)));
    start.push(locations.length);
    deepest = Math.max(deepest, stack.length);
    before = stack;
  }
  return {
    length: samples.length,
    shared: Uint32Array.from(shared),
    start: Uint32Array.from(start),
    locations: Uint32Array.from(locations),
    deepest,
    of: Int32Array.from(shared.keys()),
  };
}

/** Each sample's stack, outermost first. */
export function unfolded({ length, shared, start, locations, of }: SharedStacks): string[] {
  const all: number[][] = [];
  for (let i = 0; i < length; i++) {
    all.push([...(all[i - 1] ?? []).slice(0, shared[i]), ...locations.subarray(start[i], start[i + 1])]);
  }
  return Array.from(of, (stack) => all[stack]!.join());
}
