import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { EmbeddedStore, MemoryStore, type TimeRange } from "../src/index.ts";
import { answersOf } from "./answers.ts";
import { RandomFleet, randomOf } from "./random-fleet.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const BEGIN = Date.UTC(2026, 8, 1, 22);

test("segments answer as profiles merged one by one, sealed, combined and opened again", {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 40 }), async (seed, steps) => {
      const random = randomOf(seed);
      const fleet = new RandomFleet(random);
      const folder = mkdtempSync(path.join(tmpdir(), "fleet-segments-"));
      folders.push(folder);
      let clock = BEGIN;
      const now = (): number => clock;
      const memory = new MemoryStore({ now });
      const options = { now, maintainMillis: 0, onTrouble: (message: string) => expect.fail(message) };
      let segments = await EmbeddedStore.open(folder, options);
      for (let step = 0; step < steps; step++) {
        clock += [0, 1, 15_000, 60_000, 240_000, 3_600_000, 40_000_000][random(7)]!;
        const act = random(10);
        if (act === 0) await segments.maintain();
        else if (act === 1) {
          await segments.close();
          segments = await EmbeddedStore.open(folder, options);
        } else if (act === 2) {
          const failures = [fleet.failure(clock)];
          await Promise.all([memory.fail(failures), segments.fail(failures)]);
        } else {
          const arrivals = Array.from({ length: 1 + random(4) }, () => fleet.arrival(clock));
          expect(await segments.append(arrivals)).toEqual(await memory.append(arrivals));
        }
      }
      const ranges: TimeRange[] = [{ fromMillis: BEGIN, toMillis: clock + 1 }];
      const from = BEGIN + random(clock - BEGIN + 1);
      ranges.push({ fromMillis: from, toMillis: from + random(clock - from + 2) });
      const wanted = await answersOf(memory, ranges);
      expect(await answersOf(segments, ranges)).toEqual(wanted);
      await segments.close();
      clock += 86_400_000;
      segments = await EmbeddedStore.open(folder, options);
      expect(await answersOf(segments, ranges)).toEqual(wanted);
      await segments.maintain();
      await segments.maintain();
      expect(await answersOf(segments, ranges)).toEqual(wanted);
      await segments.close();
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 25) },
  );
});
