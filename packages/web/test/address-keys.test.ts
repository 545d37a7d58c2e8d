import { addressKey, OPTIONS } from "@pprof-ts/report";
import { expect, test } from "vitest";
import { ADDRESS_KEYS, addressKeyRow, resetBy } from "../src/session/address/address-keys.ts";

test("a key has one row, and no option of the report has one", () => {
  const keys = ADDRESS_KEYS.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.filter((key) => OPTIONS.some((row) => addressKey(row) === key))).toEqual([]);
});

test("what changes a picture ends the zoom, when it is set and when it is taken off; what is a look of it does not", () => {
  const options = OPTIONS.flatMap((row) => addressKey(row) ?? []);
  for (const key of [...ADDRESS_KEYS.map(({ key }) => key), ...options]) {
    const isLook = addressKeyRow(key).decides === "look";
    for (const value of ["1", "", undefined])
      expect("z" in resetBy({ [key]: value }, false), `${key}=${value}`).toBe(!isLook);
  }
  expect(resetBy({}, true)).toEqual({ z: "" });
});

test("a pivot and callers first take each other's place; without either, what is searched stays", () => {
  expect(resetBy({ p: "^main$" }, true)).toEqual({ z: "", inv: "", q: "" });
  expect(resetBy({ inv: "1" }, false)).toEqual({ z: "", p: "" });
  expect(resetBy({ p: "", inv: "" }, false)).toEqual({ z: "" });
});

test("another recording, the first one too, is compared with nothing", () => {
  for (const recording of ["2", ""]) expect(resetBy({ recording }, false)).toEqual({ z: "", base: "" });
});
