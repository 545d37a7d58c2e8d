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
