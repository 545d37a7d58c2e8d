import { listings, ReportError, top } from "@pprof-ts/report";
import { exactly } from "../session/address/exact-name.ts";
import type { Query } from "../session/address/state.ts";
import type { Answers, ShownSymbol } from "../session/protocol.ts";
import { SERVER_GONE } from "../session/server-gone.ts";
import type { Opened } from "./open/opened.ts";
import { reported } from "./open/reported.ts";

/** So many functions' sources are shown where none are asked for, and so many at all. */
const SOURCES = 20;
const MOST_SOURCES = 50;

/** Lines of source and instructions, with what each costs: the tool that served or wrote the page read both from disk. */
export function codeAnswers(opened: Opened): Pick<Answers, "source" | "disasm"> {
  return {
    source(query) {
      const analysis = opened.analysis("list", query, query.f || mostExpensive(opened, query));
      const all = named(query, () => listings(analysis, opened.world));
      return {
        ...reported(analysis),
        more: Math.max(0, all.length - MOST_SOURCES),
        listings: all.slice(0, MOST_SOURCES).map((one) => ({
          ...one,
          // The directory that a browser has is no place to look in.
          error: one.error && (opened.sources?.refusalOf(one.file) || one.error.replace(/ on path \/$/, "")),
          looked: one.error ? (opened.sources?.lookedFor(one.file) ?? []) : [],
          changed: changedSince(opened, one.file),
        })),
        readsFiles: opened.world.readSource !== undefined,
      };
    },

    async disasm(query) {
      const symbols = await disassembled(opened, query);
      return { ...reported(opened.analysis("disasm", query)), symbols };
    },
  };
}

/** What is asked for has to be there; of what costs most there may be none that has a name. */
function named<T>(query: Query, list: () => readonly T[]): readonly T[] {
  try {
    return list();
  } catch (error) {
    if (query.f || !(error instanceof ReportError) || !error.message.startsWith("no matches")) throw error;
    throw new Error("The profile has addresses and no names of functions: there is no source to be looked for.");
  }
}

/** An expression for the functions that cost most. */
function mostExpensive(opened: Opened, query: Query): string {
  const names = top(opened.analysis("top", query), opened.world).rows.slice(0, SOURCES);
  return names.length === 0 ? "." : names.map(({ name }) => exactly(name)).join("|");
}

async function disassembled({ servedAt, isCompared, type }: Opened, query: Query): Promise<readonly ShownSymbol[]> {
  if (servedAt === undefined)
    throw new Error("Assembly is read from the binaries beside a profile: open it with pprof -http where they are.");
  if (isCompared) throw new Error("A comparison has no assembly: open one of the profiles alone.");
  const url = new URL(servedAt);
  const recording = url.searchParams.get("recording") ?? "0";
  const address = new URL(
    `./disassembly?${new URLSearchParams({ ...(type && { si: type }), ...query, recording })}`,
    url,
  );
  const response = await fetch(address).catch(() => {
    throw new Error(SERVER_GONE);
  });
  if (response.ok) return (await response.json()) as ShownSymbol[];
  const why = (await response.text()).trim();
  // All that was sampled was asked for: then there is nothing to read it from.
  const isMissing = !query.f && why.startsWith("no matches");
  throw new Error(
    isMissing ? "No binary that the profile names is on this machine: PPROF_BINARY_PATH says where to look." : why,
  );
}

/** A clock, and what writes a file, may be so many milliseconds off. */
const SLACK = 2000;

/** When a source was changed after the profile was taken, in milliseconds since 1970; undefined where it was not. */
function changedSince(opened: Opened, file: string): number | undefined {
  const { profile } = opened;
  const changed = opened.sources?.changed(file) ?? Number.NaN;
  const end = Number((profile.timeNanos + profile.durationNanos) / 1_000_000n);
  return profile.timeNanos > 0n && changed > end + SLACK ? changed : undefined;
}
