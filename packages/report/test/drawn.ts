import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import fc from "fast-check";
import type { Options } from "../src/options.ts";

/** A sample: functions root first, of which a negative one is inlined into the one before it; a value; a label. */
export interface Drawn {
  readonly stack: readonly number[];
  readonly value: number;
  readonly user: number;
}

const NAMES = ["main", "serve", "parse", "render", "encode", "gc"];

export function profileOf(drawn: readonly Drawn[]): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
  });
  const mappings = ["/bin/shop", "/lib/libc.so"].map((filename, i) =>
    builder.mapping({ filename, start: BigInt(i + 1) << 20n, limit: (BigInt(i + 1) << 20n) + 4096n }),
  );
  const line = (name: number): { function: number; line: number } => ({
    function: builder.function({ name: NAMES[name]!, filename: `${NAMES[name]}.ts` }),
    line: 1 + name,
  });
  for (const { stack, value, user } of drawn) {
    const locations: number[] = [];
    for (let i = 0; i < stack.length; i++) {
      const lines = [line(Math.abs(stack[i]!) % NAMES.length)];
      while (i + 1 < stack.length && stack[i + 1]! < 0) lines.unshift(line(-stack[++i]! % NAMES.length));
      // A location without lines, now and then.
      const bare = stack[i]! >= NAMES.length;
      locations.push(
        builder.location({
          mapping: mappings[stack[i]! & 1]!,
          address: bare ? (2n << 20n) + BigInt(stack[i]!) : 0n,
          ...(bare ? {} : { lines }),
        }),
      );
    }
    const labels = user === 0 ? [] : [{ key: "user", value: `u${user}` }];
    builder.sample(locations.reverse(), [value, value * 1000], labels);
  }
  return builder.build();
}

const profilesOf = (least: number): fc.Arbitrary<Profile> =>
  fc
    .array(
      fc.record({
        stack: fc.array(fc.integer({ min: -3, max: 7 }), { maxLength: 9 }),
        value: fc.integer({ min: least, max: 9 }),
        user: fc.integer({ min: 0, max: 2 }),
      }),
      { maxLength: 40 },
    )
    .map(profileOf);

/** Profiles of few functions, so that stacks share frames: recursion, inlined calls, empty stacks, values below 0. */
export const profiles: fc.Arbitrary<Profile> = profilesOf(-2);
/** The same without values below 0, which most profiles have none of. */
export const unsignedProfiles: fc.Arbitrary<Profile> = profilesOf(0);

const pattern = fc.constantFrom("", "", "", "", "serve", "parse|gc", "^main$", "libc", "encode.ts", "nothing");
/** Options that change which part of a profile is seen, and as what. */
export const options: fc.Arbitrary<Partial<Options>> = fc.record({
  focus: pattern,
  ignore: pattern,
  hide: pattern,
  show: pattern,
  show_from: pattern,
  prune_from: pattern,
  tagfocus: fc.constantFrom("", "", "u1", "user=u2"),
  tagignore: fc.constantFrom("", "", "u1"),
  tagroot: fc.constantFrom("", "", "user"),
  tagleaf: fc.constantFrom("", "", "user"),
  sample_index: fc.constantFrom("", "samples"),
  granularity: fc.constantFrom("", "lines", "files", "addresses"),
  noinlines: fc.boolean(),
  relative_percentages: fc.boolean(),
  mean: fc.boolean(),
  call_tree: fc.boolean(),
});
