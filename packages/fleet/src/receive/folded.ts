import { type Profile, ProfileBuilder, type ValueType } from "@pprof-ts/profile";
import { Refusal } from "../error.ts";

/** What each count of a line is: of a type, and how much of it. */
export interface FoldedValue {
  readonly type: ValueType;
  readonly perCount: number;
}

/** When folded stacks were recorded, in milliseconds since 1970. */
export interface FoldedTimes {
  readonly fromMillis: number;
  readonly untilMillis: number;
}

/** Reads lines of stacks, `root;caller;leaf 12` each; with `isCounted` false each line is a stack that was there once. */
export function readFolded(
  text: string,
  { type, perCount }: FoldedValue,
  times: FoldedTimes,
  isCounted: boolean,
): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [type],
    periodType: type,
    period: Math.round(perCount),
    timeNanos: BigInt(Math.round(times.fromMillis)) * 1_000_000n,
    durationNanos: BigInt(Math.max(0, Math.round(times.untilMillis - times.fromMillis))) * 1_000_000n,
  });
  const locations = new Map<string, number>();
  const locationOf = (name: string): number => {
    const known = locations.get(name) ?? builder.location({ lines: [{ function: builder.function({ name }) }] });
    locations.set(name, known);
    return known;
  };
  for (const [i, line] of text.split("\n").entries()) {
    const trimmed = line.trim();
    if (trimmed === "") continue;
    const columns = isCounted ? /^(.*\S)\s+(\d{1,15})$/.exec(trimmed) : ["", trimmed, "1"];
    if (columns === null) {
      throw new Refusal(400, `line ${i + 1} is no stack with a count: ${JSON.stringify(trimmed.slice(0, 100))}`);
    }
    const stack = columns[1]!.split(";").map(locationOf).reverse();
    builder.sample(stack, [Math.round(Number(columns[2]) * perCount)]);
  }
  return builder.build();
}
