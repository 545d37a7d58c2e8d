import type { TraceFrame } from "@pprof-ts/profile";
import type { SiteFrame } from "../../target/stack-reader.ts";
import type { TraceRecord } from "./record-table.ts";

/** Stacks at which something was awaited, leaf first, by the numbers that records have for them. */
export type AwaitStacks = ReadonlyMap<number, readonly TraceFrame[]>;

/** Finds the places of frames in the sources that people wrote. */
export type Locate = (frames: readonly SiteFrame[]) => Promise<readonly TraceFrame[]>;

/** The stacks that these records have. */
export async function awaitStacks(records: readonly TraceRecord[], locate: Locate): Promise<AwaitStacks> {
  const frames = new Map<number, SiteFrame>();
  for (const { name, id, text } of records) if (name === "frame") frames.set(id, frameOf(text));
  if (frames.size === 0) return new Map();
  const places = await locate([...frames.values()]);
  const located = new Map([...frames.keys()].map((id, i) => [id, places[i]!]));
  const stacks = new Map<number, readonly TraceFrame[]>();
  for (const { name, id, text } of records) {
    if (name !== "stack") continue;
    const found = text.split(" ").map((frame) => located.get(Number(frame)));
    stacks.set(
      id,
      found.filter((frame) => frame !== undefined),
    );
  }
  return stacks;
}

function frameOf(text: string): SiteFrame {
  const [name = "", url = "", ...numbers] = text.split("\n");
  const [line = 0, column = 0, beginLine = 0, beginColumn = 0] = numbers.map((number) => Number(number) || 0);
  return [name, url, line, column, beginLine, beginColumn];
}
