import { encode, ProfileBuilder } from "@pprof-ts/profile";
import type { Answers } from "./answers.ts";

/** After so many rounds engines have compiled what a small profile needs. */
const ROUNDS = 8;

const REFINED = [{ tagroot: "endpoint" }, { inv: "1" }, { p: "Method7" }, { f: "Method1" }];

/**
 * Reads and draws a small profile a few times, so that the engine has compiled what the first real one needs: 9 MB are on
 * screen in two thirds of the time. Gives way between rounds and ends when `isWanted` says so.
 */
export async function warmUp(answer: Answers, isWanted: () => boolean): Promise<void> {
  const bytes = encode(smallProfile());
  for (let round = 0; round < ROUNDS; round++) {
    await new Promise((resolve) => setTimeout(resolve));
    if (isWanted()) return;
    await answer.open({ name: "", bytes: bytes.slice().buffer as ArrayBuffer });
    await answer.flame({});
  }
  // Then what refines it.
  for (let round = 0; round < ROUNDS; round++) {
    for (const query of REFINED) {
      await new Promise((resolve) => setTimeout(resolve));
      if (isWanted()) return;
      await answer.flame(query);
    }
  }
}

function smallProfile(): ReturnType<ProfileBuilder["build"]> {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
  });
  const mapping = builder.mapping({ filename: "program" });
  const functions = Array.from({ length: 300 }, (_, i) =>
    builder.function({ name: `example.com/part${i % 20}.(*Type).Method${i}`, filename: `part${i % 20}/file.go` }),
  );
  const locations = functions.map((fn, i) =>
    builder.location({
      mapping,
      address: 64n * BigInt(i + 1),
      lines:
        i % 4 === 0
          ? [
              { function: functions[(i * 7) % 300]!, line: i },
              { function: fn, line: 2 },
            ]
          : [{ function: fn, line: i }],
    }),
  );
  for (let sample = 0; sample < 1500; sample++) {
    const stack = Array.from({ length: 10 + (sample % 20) }, (_, i) => locations[(i * (1 + (sample % 40))) % 300]!);
    builder.sample(
      stack,
      [1, 10_000_000 + sample],
      [
        { key: "endpoint", value: `/${sample % 10}` },
        { key: "bytes", value: BigInt(sample), unit: "bytes" },
      ],
    );
  }
  return builder.build();
}
