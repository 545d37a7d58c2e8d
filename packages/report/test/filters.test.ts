import { type Profile, withoutArguments } from "@pprof-ts/profile";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyze } from "../src/analyze.ts";
import { type TagFilter, tagFilter } from "../src/filter/tag-filter.ts";
import { defaultOptions, type Options } from "../src/options.ts";
import { ProfileIndex } from "../src/profile-index.ts";
import { selectAll } from "../src/stack/selection.ts";
import { profiles } from "./drawn.ts";
import { stacks } from "./stacks.ts";

/** A frame as its filters see it: what may match of it, and its location's place in the stack. */
interface Frame {
  readonly names: readonly string[];
  readonly location: number;
}

/** Each sample's frames, the innermost first; one of a location without lines has no names but its binary's. */
function framesOf({ samples, locations, functions, mappings, strings }: Profile): Frame[][] {
  return Array.from({ length: samples.length }, (_, sample) => {
    const frames: Frame[] = [];
    for (let at = samples.locationStart[sample]!; at < samples.locationStart[sample + 1]!; at++) {
      const location = samples.locations[at]!;
      const binary = strings.get(mappings.filename[locations.mapping[location]!]!);
      const [first, end] = [locations.lineStart[location]!, locations.lineStart[location + 1]!];
      if (first === end) frames.push({ names: [binary], location: at });
      for (let line = first; line < end; line++) {
        const fn = locations.lines.function[line]!;
        const names = [functions.name[fn]!, functions.filename[fn]!].map((row) => strings.get(row));
        frames.push({ names: [...names, binary], location: at });
      }
    }
    return frames;
  });
}

/** The samples that an analysis of a profile, alone and with an index, keeps. */
function kept(profile: Profile, options: Partial<Options>): number[] {
  const [alone, indexed] = [profile, new ProfileIndex(profile)].map((of) => [
    ...analyze(of, { ...defaultOptions, ...options }).selection.samples,
  ]);
  expect(indexed).toEqual(alone);
  return alone!;
}

const pattern = fc.constantFrom("serve", "parse|gc", "^main$", "libc", "encode.ts", "nothing", "");

describe("filters by name keep the samples that their words say", () => {
  const rows = (profile: Profile, isKept: (frames: readonly Frame[]) => boolean): number[] =>
    framesOf(profile).flatMap((frames, sample) => (isKept(frames) ? [sample] : []));
  const matches = (source: string, { names }: Frame): boolean => names.some((name) => new RegExp(source).test(name));

  test("focus: some frame matches; ignore: none does", () => {
    fc.assert(
      fc.property(profiles, pattern, pattern, (profile, focus, ignore) => {
        const isKept = (frames: readonly Frame[]): boolean =>
          (focus === "" || frames.some((frame) => matches(focus, frame))) &&
          (ignore === "" || !frames.some((frame) => matches(ignore, frame)));
        const isAsked = focus !== "" || ignore !== "";
        // Of a filter's samples those without any stack are none; without filters they stay.
        const expected = rows(profile, (frames) => !isAsked || (frames.length > 0 && isKept(frames)));
        expect(kept(profile, { focus, ignore })).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test("show_from: some frame matches, and what is outside of the outermost goes", () => {
    fc.assert(
      fc.property(
        profiles,
        pattern.filter((source) => source !== ""),
        (profile, show_from) => {
          const isKept = (frames: readonly Frame[]): boolean => frames.some((frame) => matches(show_from, frame));
          expect(kept(profile, { show_from })).toEqual(rows(profile, isKept));
          const { selection } = analyze(profile, { ...defaultOptions, show_from });
          const all = framesOf(profile);
          for (const sample of selection.samples) {
            const outermost = all[sample]!.findLast((frame) => matches(show_from, frame))!;
            expect(selection.stackEnd[sample]).toBe(outermost.location + 1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("a filter of labels", () => {
  const profile = stacks(
    [
      "main 1 user=ann bytes=16:bytes",
      "main 2 user=bob bytes=2048:bytes",
      "main 3 role=ann",
      "main 4 bytes=70000:bytes alignment=8",
      "main 5",
    ].join("\n"),
  );
  const units = new Map([
    ["bytes", "bytes"],
    ["alignment", "bytes"],
  ]);
  const passing = (text: string, messages: string[] = []): number[] => {
    const filter = tagFilter("tagfocus", text, units, messages) as TagFilter;
    const all = selectAll(profile);
    return [...all.samples].filter((sample) => filter(all, sample)).map((sample) => sample + 1);
  };

  test.each([
    ["ann", [1, 3]],
    ["user=ann", [1]],
    ["user=ann,bob", [1, 2]],
    ["user:b", [2]],
    ["ann,user", [1]],
    ["16b", [1]],
    ["bytes=2kb", [2]],
    ["1kb:", [2, 4]],
    [":16b", [1, 4]],
    ["bytes=:16b", [1]],
    ["1kb:64kb", [2]],
    ["alignment=8b", [4]],
    ["nobody", []],
  ])("%s", (text, expected) => {
    expect(passing(text)).toEqual(expected);
  });

  test("says how it was understood, and what is wrong with it", () => {
    const messages: string[] = [];
    passing("bytes=1kb:64kb", messages);
    expect(messages).toEqual(["tagfocus:Interpreted '1kb:64kb' as range, not regexp"]);
    expect(() => passing("user=(")).toThrow("parsing tagfocus regexp: ");
    expect(() => passing(`${"9".repeat(20)}b`)).toThrow("value out of range");
    expect(tagFilter("tagfocus", "", units, messages)).toBe(undefined);
  });
});

test.each([
  ["main.serve(int)", "main.serve"],
  [".compute(double, double)", "compute"],
  ["(anonymous namespace)::run(int)", "(anonymous namespace)::run"],
  ["Fn::operator()(int) const", "Fn::operator()"],
  ["plain", "plain"],
])("prune_from reads %s as %s", (name, bare) => {
  expect(withoutArguments(name)).toBe(bare);
});
