import { readdirSync, readFileSync } from "node:fs";
import { encode, formats, ProfileError, readProfile, writeProfile } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";

const folder = new URL("testdata/", import.meta.url);
const files = readdirSync(folder).filter((file) => /\.(json|txt|out)$/.test(file));
const words = [
  "null",
  "-1",
  "1e300",
  "99999999999999999999",
  "{}",
  "[]",
  '""',
  "0x",
  "(",
  ")",
  ":",
  ";",
  "\n",
  "@",
  "=",
  "\0",
];

/** One change: bytes taken out at a place and a word put in. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(40),
  word: fc.constantFrom(...words, ""),
});

test("damaged files of every format are read or refused, and what is read can be written", async () => {
  const originals = files.map((file) => readFileSync(new URL(file, folder)));
  const otlp = await readProfile(readFileSync(new URL("otlp.json", folder)));
  for (const { write } of formats) if (write !== undefined) originals.push(Buffer.from(write(otlp)));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...originals),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (bytes, changes) => {
        let damaged = bytes;
        for (const { at, cut, word } of changes) {
          const from = Math.floor(at * damaged.length);
          damaged = Buffer.concat([damaged.subarray(0, from), Buffer.from(word), damaged.subarray(from + cut)]);
        }
        try {
          const profile = await readProfile(damaged);
          encode(profile);
          for (const { name, write } of formats) if (write !== undefined) await writeProfile(profile, { format: name });
        } catch (error) {
          expect(error).toBeInstanceOf(ProfileError);
          expect((error as Error).message).toMatch(/^.{1,300}$/);
        }
      },
    ),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
  );
});

/** Lists in lists, deeper than what calls itself for each of them gets. */
const DEEP = "[".repeat(3e4) + "]".repeat(3e4);
/** What may stand anywhere in JSON: too deep to be printed, too odd to be made a word or a number of. */
const odd: readonly string[] = [
  DEEP,
  '{"toString":1,"valueOf":1}',
  JSON.stringify("x".repeat(1e5)),
  "[]",
  "null",
  "true",
  "-1",
  "1e300",
  '"__proto__"',
];

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

test("JSON of every format may hold anything in any place: it is read or refused in one sentence", async () => {
  const texts = files.map((file) => readFileSync(new URL(file, folder), "utf8")).filter(isJson);
  expect(texts.length).toBeGreaterThanOrEqual(8);
  for (const text of texts) {
    const json = JSON.parse(text) as object;
    const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
    const open: object[] = [json];
    const shapes = new Set<string>();
    for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
      const keys = Object.keys(holder);
      // Of things that look the same, the first three.
      for (const key of Array.isArray(holder) ? keys.slice(0, 3) : keys) {
        const value = (holder as Record<string, unknown>)[key];
        const shape = `${keys.length < 40 ? keys.join() : ""}:${key}:${typeof value}`;
        if (!shapes.has(shape)) places.push({ holder: holder as Record<string, unknown>, key });
        shapes.add(shape);
        if (typeof value === "object" && value !== null) open.push(value);
      }
    }
    for (const { holder, key } of places) {
      const before = holder[key];
      holder[key] = "\u0001";
      const [start, end] = JSON.stringify(json).split('"\\u0001"') as [string, string];
      holder[key] = before;
      for (const value of odd) {
        for (const timestamps of value === DEEP ? [false, true] : [true]) {
          try {
            await readProfile(Buffer.from(start + value + end), { timestamps });
          } catch (error) {
            expect(error).toBeInstanceOf(ProfileError);
            if ((error as Error).cause instanceof RangeError) throw (error as Error).cause;
            expect((error as Error).message).toMatch(/^.{1,300}$/);
          }
        }
      }
    }
  }
}, 120_000);
