import { type Profile, ProfileBuilder, type ValueType } from "@pprof-ts/profile";
import { REGISTRY } from "../../exchange/registry-name.ts";
import type { StackRow } from "../../exchange/stack-counts.ts";
import type { Labels } from "../../target/stack-reader.ts";
import { evaluate } from "../inspector/evaluate.ts";
import type { Session } from "../inspector/session.ts";
import { Frames, type Surroundings } from "./frames.ts";

/** A recorded stack, with the labels that its code had. */
export interface LabelledRow extends StackRow {
  readonly labels?: Labels | undefined;
}

/** What the program records itself under this name; undefined where there is no such profile. */
export async function readRows(session: Session, name: string): Promise<readonly StackRow[] | undefined> {
  return ((await ask(session, `rows(${JSON.stringify(name)})`)) as StackRow[] | null) ?? undefined;
}

/** How many stacks each profile holds that the program records itself. */
export async function readCounts(session: Session): Promise<Record<string, number>> {
  return ((await ask(session, "counts()")) as Record<string, number> | null) ?? {};
}

async function ask(session: Session, member: string): Promise<unknown> {
  const expression = `globalThis[Symbol.for(${JSON.stringify(REGISTRY)})]?.${member} ?? null`;
  const { result } = await evaluate(session, expression, { returnByValue: true });
  return result.value;
}

/** The profile of recorded stacks of a thread: a count each, and for contentions the nanoseconds waited. */
export async function recordedProfile(
  rows: readonly LabelledRow[],
  sampleTypes: readonly ValueType[],
  period: number,
  surroundings: Surroundings,
  session: Session | undefined,
): Promise<Profile> {
  const builder = new ProfileBuilder({
    sampleTypes,
    periodType: sampleTypes[0]!,
    period,
    timeNanos: BigInt(Date.now()) * 1_000_000n,
  });
  const frames = new Frames(builder, surroundings);
  await frames.load(
    session,
    rows.flatMap((row) => row.frames),
  );
  for (const row of rows) {
    const locations = row.frames.map((frame) => frames.site(frame));
    const values = [row.count, Math.round(row.nanos)].slice(0, sampleTypes.length);
    const labels = Object.entries(row.labels ?? {}).map(([key, value]) => ({ key, value }));
    builder.sample(locations.length > 0 ? locations : [frames.named("(native)")], values, labels);
  }
  return builder.build();
}
