import { canonical, compact, decode, EncodedMerger, encode, merge, type Profile, StringTable } from "@pprof-ts/profile";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyProfile, plain } from "./arbitrary.ts";

/** `npm run fuzz` sets this; in a test run it is small. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 100);

/** Every profile has these types, so that any two can be merged. */
const mergeable = anyProfile.map((profile) => withTypes(profile));

function withTypes(profile: Profile): Profile {
  const { samples } = profile;
  const first = samples.values[0] ?? new BigInt64Array(samples.length);
  return {
    ...profile,
    sampleTypes: [{ type: "samples", unit: "count" }],
    samples: { ...samples, values: [first] },
    periodType: undefined,
  };
}

/** As nearly all producers write them. */
const regular = mergeable
  .filter(({ mappings, functions }) => mappings.length > 0 && functions.length > 0)
  .map((profile): Profile => {
    const { samples, mappings, locations, functions } = profile;
    const { lines } = locations;
    const table = { unknownFields: new Map() };
    const rows = (column: BigUint64Array): BigUint64Array => column.map((_, row) => BigInt(row + 1));
    return {
      ...profile,
      samples: {
        ...samples,
        ...table,
        values: samples.values.map((column) => column.map((value) => (value < 0n ? ~value : value))),
        labels: { ...samples.labels, ...table },
      },
      mappings: { ...mappings, ...table, id: rows(mappings.id) },
      locations: {
        ...locations,
        ...table,
        id: rows(locations.id),
        lines: { ...lines, ...table, function: lines.function.map((row) => Math.max(row, 0)) },
      },
      functions: { ...functions, ...table, id: rows(functions.id) },
      timeNanos: profile.timeNanos || 1n,
      unknownFields: new Uint8Array(0),
    };
  });

const total = ({ samples }: Profile): bigint[] =>
  samples.values.map((column) => column.reduce((sum, value) => BigInt.asIntN(64, sum + value), 0n));

/** Each sample in words that do not depend on row numbers, ids or order. */
function words(profile: Profile): string[] {
  const { samples, locations, functions, mappings, strings } = profile;
  const text = (row: number): string => [...strings.bytes(row)].join(".");
  const fields = (rows: ReadonlyMap<number, Uint8Array>, row: number): string => [...(rows.get(row) ?? [])].join(".");
  const line = (row: number): string => {
    const { lines } = locations;
    const fn = lines.function[row]!;
    const name =
      fn < 0
        ? "none"
        : [text(functions.name[fn]!), text(functions.systemName[fn]!), text(functions.filename[fn]!)].join() +
          `,${functions.startLine[fn]},${fields(functions.unknownFields, fn)}`;
    return `${name}:${lines.line[row]}:${lines.column[row]}:${fields(lines.unknownFields, row)}`;
  };
  const location = (row: number): string => {
    const mapping = locations.mapping[row]!;
    const start = mapping < 0 ? 0n : mappings.start[mapping]!;
    const file = mapping < 0 ? "" : text(mappings.buildId[mapping]!) || text(mappings.filename[mapping]!);
    const offset = mapping < 0 ? "none" : `${mappings.offset[mapping]},${fields(mappings.unknownFields, mapping)}`;
    const lines = range(locations.lineStart, row).map(line);
    const address = BigInt.asUintN(64, locations.address[row]! - start);
    return [address, file, offset, locations.isFolded[row], fields(locations.unknownFields, row), ...lines].join("|");
  };
  const { labels } = samples;
  const label = (row: number): string =>
    [labels.key, labels.str, labels.numUnit].map((column) => text(column[row]!)).join() +
    `,${labels.num[row]},${fields(labels.unknownFields, row)}`;
  return Array.from({ length: samples.length }, (_, row) =>
    JSON.stringify([
      range(samples.locationStart, row).map((at) => location(samples.locations[at]!)),
      range(samples.labelStart, row).map(label),
      samples.values.map((column) => String(column[row])),
      fields(samples.unknownFields, row),
    ]),
  ).sort();
}

function range(start: Uint32Array, row: number): number[] {
  return Array.from({ length: start[row + 1]! - start[row]! }, (_, i) => start[row]! + i);
}

describe("for any profile", () => {
  test("decode gives back every bit that encode wrote", () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const bytes = encode(profile);
        const again = decode(bytes);
        expect(plain(again)).toEqual(plain(profile));
        expect(encode(again)).toEqual(bytes);
      }),
      { numRuns },
    );
  });

  test("strings that are not UTF-8 keep their bytes", () => {
    fc.assert(
      fc.property(anyProfile, fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 4 }), (profile, added) => {
        const { strings } = profile;
        const utf8 = Uint8Array.from([...strings.utf8, ...added.flatMap((bytes) => [...bytes])]);
        let at = strings.utf8.length;
        const start = Uint32Array.from([...strings.start, ...added.map((bytes) => (at += bytes.length))]);
        const more = { ...profile, strings: new StringTable(utf8, start) };
        expect(plain(decode(encode(more)))).toEqual(plain(more));
      }),
      { numRuns },
    );
  });

  test("texts of the header keep their bytes, UTF-8 or not, through decode, canonical, compact and merge", () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 6 }),
      // One end of a character, a surrogate, one beyond the last, one longer than need be, what stands for none of them.
      fc.constantFrom([0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0x80], [0xef, 0xbf, 0xbd]),
    );
    fc.assert(
      fc.property(mergeable, fc.array(anyBytes, { minLength: 5, maxLength: 9 }), (profile, texts) => {
        const { strings, comments, ...rest } = profile;
        const utf8 = Uint8Array.from([...strings.utf8, ...texts.flatMap((bytes) => [...bytes])]);
        let at = strings.utf8.length;
        const start = Uint32Array.from([...strings.start, ...texts.map((bytes) => (at += bytes.length))]);
        const without = encode({
          ...rest,
          dropFrames: "",
          docUrl: "",
          comments: [],
          strings: new StringTable(utf8, start),
        });
        const row = (text: number): number[] => {
          const value = strings.length + text;
          return value < 128 ? [value] : [(value & 127) | 128, value >> 7];
        };
        const fields = texts.flatMap((_, i) => (i === 0 ? [0x38] : i === 1 ? [0x78] : [0x68]).concat(row(i)));
        const read = decode(Uint8Array.from([...without, ...fields]));
        const shown = (each: Profile): string[] =>
          [each.dropFrames, each.docUrl, ...each.comments].map((text) => {
            const row = each.strings.rowOfExact(text);
            return Buffer.from(each.strings.bytes(row)).toString("hex");
          });
        const given = texts.map((bytes) => Buffer.from(bytes as Uint8Array).toString("hex"));
        const once = [...given.slice(0, 2), ...new Set(given.slice(2))];
        expect(shown(decode(encode(read)))).toEqual(given);
        expect(shown(canonical(read))).toEqual(given);
        expect(shown(compact(read))).toEqual(once);
        expect(shown(decode(encode(merge([read, read]))))).toEqual(once);
      }),
      { numRuns },
    );
  });

  test("canonical changes no sample but the order of its labels, and is done once", () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const once = canonical(profile);
        expect(total(once)).toEqual(total(profile));
        expect(plain(canonical(once))).toEqual(plain(once));
        expect(plain(canonical(decode(encode(once))))).toEqual(plain(once));
      }),
      { numRuns },
    );
  });

  test("compact keeps the totals, and is done once", () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const once = compact(profile);
        expect(total(once)).toEqual(total(profile));
        expect(plain(compact(once))).toEqual(plain(once));
      }),
      { numRuns },
    );
  });

  test("merge is associative and commutative up to order, and adds totals", () => {
    fc.assert(
      fc.property(mergeable, mergeable, mergeable, (a, b, c) => {
        const all = merge([a, b, c]);
        expect(words(merge([a, merge([b, c])]))).toEqual(words(all));
        expect(words(merge([merge([a, b]), c]))).toEqual(words(all));
        expect(words(merge([c, a, b]))).toEqual(words(all));
        const sum = BigInt.asIntN(64, total(a)[0]! + total(b)[0]! + total(c)[0]!);
        expect(total(all)).toEqual([sum]);
      }),
      { numRuns },
    );
  });

  test("messages are merged as the profiles are that they hold", () => {
    fc.assert(
      fc.property(fc.array(regular, { minLength: 1, maxLength: 4 }), (profiles) => {
        const merger = new EncodedMerger();
        for (const profile of profiles) expect(merger.add(encode(profile))).toBe(true);
        expect(plain(merger.finish())).toEqual(plain(merge(profiles)));
      }),
      { numRuns },
    );
  });

  test("a message that is out of the ordinary is merged as its profile is, or not at all", () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.array(mergeable, { minLength: 1, maxLength: 3 }), (profiles) => {
        const merger = new EncodedMerger();
        if (!profiles.every((profile) => merger.add(encode(profile)))) refused++;
        else expect(plain(merger.finish())).toEqual(plain(merge(profiles)));
      }),
      { numRuns },
    );
    expect(refused).toBeGreaterThan(0);
  });
});
