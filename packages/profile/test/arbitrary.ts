import { type Profile, StringTable } from "@pprof-ts/profile";
import fc from "fast-check";

const uint64 = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n));
const int64 = fc.oneof(fc.bigInt(-3n, 300n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));
const bit = fc.integer({ min: 0, max: 1 });

/** Fields of a later version: number 100, each a varint. */
const unknown = fc
  .array(fc.integer({ min: 0, max: 127 }), { minLength: 1, maxLength: 3 })
  .map((values) => Uint8Array.from(values.flatMap((value) => [0xa0, 0x06, value])));

const unknownRows = (length: number): fc.Arbitrary<Map<number, Uint8Array>> =>
  length === 0
    ? fc.constant(new Map())
    : fc
        .dictionary(fc.integer({ min: 0, max: length - 1 }).map(String), unknown, { maxKeys: 2, noNullPrototype: true })
        .map((rows) => new Map(Object.entries(rows).map(([row, fields]) => [Number(row), fields])));

const ids = (length: number): fc.Arbitrary<BigUint64Array> =>
  fc
    .oneof(
      fc.constant(Array.from({ length }, (_, row) => BigInt(row + 1))),
      fc.uniqueArray(fc.bigInt(1n, 2n ** 64n - 1n), { minLength: length, maxLength: length }),
      fc.uniqueArray(fc.bigInt(1n, 1000n), { minLength: length, maxLength: length }),
    )
    .map((all) => BigUint64Array.from(all));

const column = <T>(of: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
  fc.array(of, { minLength: length, maxLength: length });
const row = (length: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: length - 1 });
const maybeRow = (length: number): fc.Arbitrary<number> => fc.integer({ min: -1, max: length - 1 });
/** Where the runs of `length` rows start, and how many rows they have together. */
const runs = (length: number, maxLength: number): fc.Arbitrary<Uint32Array> =>
  column(fc.nat(maxLength), length).map((sizes) => {
    let at = 0;
    return Uint32Array.from([0, ...sizes.map((size) => (at += size))]);
  });

/** Any profile that the model can hold: any bits in any field, any text, references that all hold. */
export const anyProfile: fc.Arbitrary<Profile> = fc
  .record({
    texts: fc.uniqueArray(fc.string({ unit: "binary", maxLength: 8 }), { maxLength: 8 }),
    types: fc.nat(3),
    samples: fc.nat(6),
    mappings: fc.nat(3),
    locations: fc.nat(6),
    functions: fc.nat(5),
  })
  .chain(({ texts, types, samples, mappings, locations, functions }) => {
    const strings = ["", ...texts.filter((text) => text !== "")];
    const text = row(strings.length);
    const any = fc.constantFrom(...strings);
    const valueType = fc.record({ type: any, unit: any });
    const texted = (length: number): fc.Arbitrary<Uint32Array> =>
      column(text, length).map((all) => Uint32Array.from(all));
    const big = (length: number): fc.Arbitrary<BigInt64Array> =>
      column(int64, length).map((all) => BigInt64Array.from(all));
    const wide = (length: number): fc.Arbitrary<BigUint64Array> =>
      column(uint64, length).map((all) => BigUint64Array.from(all));
    const flags = (length: number): fc.Arbitrary<Uint8Array> => column(bit, length).map((all) => Uint8Array.from(all));
    const labelsOf = (length: number): fc.Arbitrary<Profile["samples"]["labels"]> =>
      fc.record({
        length: fc.constant(length),
        key: texted(length),
        str: texted(length),
        num: big(length),
        numUnit: texted(length),
        unknownFields: unknownRows(length),
      });
    const linesOf = (length: number): fc.Arbitrary<Profile["locations"]["lines"]> =>
      fc.record({
        length: fc.constant(length),
        function: column(maybeRow(functions), length).map((all) => Int32Array.from(all)),
        line: big(length),
        column: big(length),
        unknownFields: unknownRows(length),
      });
    const sampleTable = fc
      .tuple(runs(samples, locations === 0 ? 0 : 5), runs(samples, 3))
      .chain(([locationStart, labelStart]) =>
        fc.record({
          length: fc.constant(samples),
          locationStart: fc.constant(locationStart),
          locations: column(row(Math.max(locations, 1)), locationStart.at(-1)!).map((all) => Uint32Array.from(all)),
          values: column(big(samples), types),
          labelStart: fc.constant(labelStart),
          labels: labelsOf(labelStart.at(-1)!),
          unknownFields: unknownRows(samples),
        }),
      );
    const locationTable = runs(locations, 3).chain((lineStart) =>
      fc.record({
        length: fc.constant(locations),
        id: ids(locations),
        mapping: column(maybeRow(mappings), locations).map((all) => Int32Array.from(all)),
        address: wide(locations),
        isFolded: flags(locations),
        lineStart: fc.constant(lineStart),
        lines: linesOf(lineStart.at(-1)!),
        unknownFields: unknownRows(locations),
      }),
    );
    return fc.record({
      sampleTypes: column(valueType, types),
      defaultSampleType: any,
      samples: sampleTable,
      mappings: fc.record({
        length: fc.constant(mappings),
        id: ids(mappings),
        start: wide(mappings),
        limit: wide(mappings),
        offset: wide(mappings),
        filename: texted(mappings),
        buildId: texted(mappings),
        hasFunctions: flags(mappings),
        hasFilenames: flags(mappings),
        hasLineNumbers: flags(mappings),
        hasInlineFrames: flags(mappings),
        unknownFields: unknownRows(mappings),
      }),
      locations: locationTable,
      functions: fc.record({
        length: fc.constant(functions),
        id: ids(functions),
        name: texted(functions),
        systemName: texted(functions),
        filename: texted(functions),
        startLine: big(functions),
        unknownFields: unknownRows(functions),
      }),
      strings: fc.constant(strings).map((all) => StringTable.of(all)),
      dropFrames: any,
      keepFrames: any,
      timeNanos: int64,
      durationNanos: int64,
      periodType: fc.option(valueType, { nil: undefined }),
      period: int64,
      comments: fc.array(any, { maxLength: 4 }),
      docUrl: any,
      unknownFields: fc.oneof(fc.constant(new Uint8Array(0)), unknown),
    });
  });

/** The profile with its strings as a list: what two profiles are compared by. */
export function plain(profile: Profile): unknown {
  const { strings, ...rest } = profile;
  return { ...rest, strings: Array.from({ length: strings.length }, (_, at) => [...strings.bytes(at)]) };
}
