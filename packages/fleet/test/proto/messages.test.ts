import fc from "fast-check";
import { expect, test } from "vitest";
import { FleetError } from "../../src/index.ts";
import { decodeMessage, encodeMessage } from "../../src/proto/binary.ts";
import { parseMessage, printMessage } from "../../src/proto/json.ts";
import { field, list, type Schema } from "../../src/proto/message.ts";
import { SCHEMA } from "../../src/serve/pyroscope/schema.ts";

const KINDS: Schema = {
  enums: { Color: ["RED", "GREEN"] },
  messages: {
    All: {
      1: field("some_int", "int64"),
      2: field("some_uint", "uint64"),
      3: field("flag", "bool"),
      4: field("real", "double"),
      5: field("text", "string"),
      6: field("raw_bytes", "bytes"),
      7: field("color", "Color"),
      8: field("inner", "All"),
      9: list("ints", "int64"),
      10: list("texts", "string"),
      11: list("reals", "double"),
      12: list("inners", "All"),
    },
  },
};

const integer = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt(-(2n ** 63n), -(2n ** 53n)),
  fc.bigInt(2n ** 53n, 2n ** 63n - 1n),
);
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value));
const scalars = {
  someInt: integer,
  someUint: fc.oneof(fc.nat(), fc.bigInt(2n ** 53n, 2n ** 64n - 1n)),
  flag: fc.boolean(),
  real,
  text: fc.string({ unit: "grapheme" }),
  rawBytes: fc.uint8Array({ minLength: 1 }),
  color: fc.constantFrom(0, 1),
  ints: fc.array(integer),
  texts: fc.array(fc.string({ unit: "grapheme" })),
  reals: fc.array(real),
};
const leaf = fc.record({ ...scalars, inners: fc.constant([]) });
const message = fc.record({ ...scalars, inner: leaf, inners: fc.array(leaf, { maxLength: 3 }) });

test("what is written is read again, in binary and in JSON", () => {
  fc.assert(
    fc.property(message, (all) => {
      expect(decodeMessage(KINDS, "All", encodeMessage(KINDS, "All", all))).toEqual(all);
      expect(parseMessage(KINDS, "All", printMessage(KINDS, "All", all))).toEqual(all);
    }),
  );
});

test("integers are texts in JSON, names are in its case, and what is empty is left out", () => {
  const read = parseMessage(
    SCHEMA,
    "SelectMergeStacktracesRequest",
    '{"profile_typeID":"a","start":"12","end":3,"format":"PROFILE_FORMAT_TREE"}',
  );
  expect(read).toMatchObject({
    profileTypeID: "a",
    start: 12,
    end: 3,
    format: 2,
    labelSelector: "",
    profileIdSelector: [],
  });
  const flamegraph = { names: ["total"], levels: [{ values: [0, 2 ** 40, 0, 0] }], total: 2 ** 40, maxSelf: 0 };
  expect(JSON.parse(printMessage(SCHEMA, "SelectMergeStacktracesResponse", { flamegraph }))).toEqual({
    flamegraph: { names: ["total"], levels: [{ values: ["0", "1099511627776", "0", "0"] }], total: "1099511627776" },
  });
});

test("hostile bytes and texts are refused in a sentence, in no time", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeMessage(KINDS, "All", bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(FleetError);
      }
    }),
  );
  let deep: Uint8Array = new Uint8Array(0);
  for (let i = 0; i < 40; i++)
    deep = encodeMessage({ ...KINDS, messages: { Raw: { 8: field("inner", "bytes") } } }, "Raw", { inner: deep });
  expect(() => decodeMessage(KINDS, "All", deep)).toThrow(/nest deeper than 16/);
  expect(() => parseMessage(KINDS, "All", `${'{"inner":'.repeat(40)}{}${"}".repeat(40)}`)).toThrow(/nest deeper/);
  for (const text of [
    "[",
    "[]",
    "1",
    '{"flag":1}',
    '{"someInt":1.5}',
    '{"someInt":"x"}',
    '{"ints":1}',
    '{"color":"BLUE"}',
    '{"inner":3}',
  ]) {
    expect(() => parseMessage(KINDS, "All", text), text).toThrow(/^malformed message: /);
  }
});
