import { parseDuration, parseRange, printTime, type TimeRange } from "@pprof-ts/fleet";
import { askedDiff, type DiffSide, tellDiff } from "../diff/tell-diff.ts";
import { ToolError } from "../error.ts";
import type { Session } from "../session.ts";
import type { Request } from "../words/request.ts";
import type { AskedFleet, Fleet } from "./ask.ts";
import { queryOf, withKeys } from "./flags.ts";
import { mergedBytes, readMerged } from "./query.ts";

/** So many parts a window has where nothing is said: as many repeats tell chance from change well. */
const USUAL_PARTS = 10;
const MOST_PARTS = 100;
/** A part of a window is no shorter, in milliseconds: a scrape's interval. */
const SHORTEST_PART = 1000;

/** One side: what is asked for, and when. */
interface Side {
  readonly query: URLSearchParams;
  readonly range: TimeRange;
}

/**
 * Says what differs between two windows of time, versions or values of other labels. Each side's window is cut into parts, which are
 * repeats of one measurement, so that it can be said how sure a change is.
 */
export async function diffFleet({ fleet, request, session }: AskedFleet): Promise<number> {
  const parts = partsOf(request);
  const asked = askedDiff(request, parts > 1);
  const [old, fresh] = sidesOf(request, Date.now());
  const { ui, env } = session;
  ui.print(ui.quoted(`old: ${described(old)}`));
  ui.print(ui.quoted(`new: ${described(fresh)}`));
  const sides: DiffSide[] = [];
  for (const side of [old, fresh]) sides.push(await readParts(fleet, side, parts, request, session));
  const [before, after] = sides.some(({ profiles }) => profiles.length < 2)
    ? [await readParts(fleet, old, 1, request, session), await readParts(fleet, fresh, 1, request, session)]
    : sides;
  for (const [name, side] of [
    ["old", before!],
    ["new", after!],
  ] as const) {
    if (side.profiles.length === 0)
      throw new ToolError(`no profile on the ${name} side: pprof fleet services says what is there`);
  }
  return tellDiff(before!, after!, asked, request, ui, env);
}

function partsOf({ extra }: Request): number {
  const text = extra("n") || String(USUAL_PARTS);
  const parts = Number(text);
  if (!/^\d+$/.test(text) || parts < 1 || parts > MOST_PARTS)
    throw new ToolError(`invalid -n=${text}: must be how many parts each window is cut into, from 1 to ${MOST_PARTS}`);
  return parts;
}

function sidesOf(request: Request, now: number): readonly [Side, Side] {
  const { extra } = request;
  const query = queryOf(request);
  const range = parseRange(extra("from"), extra("to"), now);
  const [old, fresh, ago, oldFrom, oldTo] = ["old", "new", "ago", "old_from", "old_to"].map(extra);
  if (old === "" && fresh === "" && ago === "" && oldFrom === "" && oldTo === "") {
    throw new ToolError(
      "what is compared: -ago=1d (with the same time before), -old='{version=\"v1\"}' -new='{version=\"v2\"}', or -old_from and -old_to",
    );
  }
  if (ago !== "" && (oldFrom !== "" || oldTo !== ""))
    throw new ToolError("-ago and -old_from both say when the old side is");
  const back = ago === "" ? 0 : parseDuration(ago!);
  const oldRange =
    oldFrom === "" && oldTo === ""
      ? { fromMillis: range.fromMillis - back, toMillis: range.toMillis - back }
      : parseRange(oldFrom, oldTo, now);
  return [
    { query: withMatch(query, old!), range: oldRange },
    { query: withMatch(query, fresh!), range },
  ];
}

/** A selector in braces, or a label and its value. */
function withMatch(query: URLSearchParams, match: string): URLSearchParams {
  const more = new URLSearchParams(query);
  if (match !== "") more.append(match.startsWith("{") ? "match" : "label", match);
  return more;
}

function described({ query, range }: Side): string {
  const shown = [...query].filter(([key]) => key !== "from" && key !== "to").map(([, value]) => value);
  return [...shown, `${printTime(range.fromMillis)} to ${printTime(range.toMillis)}`].join(" ");
}

async function readParts(
  fleet: Fleet,
  { query, range }: Side,
  parts: number,
  request: Request,
  session: Session,
): Promise<DiffSide> {
  const length = (range.toMillis - range.fromMillis) / parts;
  if (parts > 1 && length < SHORTEST_PART) return { names: [], profiles: [] };
  const names: string[] = [];
  const profiles: DiffSide["profiles"][number][] = [];
  for (let part = 0; part < parts; part++) {
    const [from, to] = [part, part + 1].map((at) => printTime(Math.round(range.fromMillis + at * length)));
    const bytes = await mergedBytes(fleet, withKeys(query, { from: from!, to: to! }), session);
    // Where there was no scrape there is no measurement.
    if (bytes === undefined) continue;
    names.push(parts === 1 ? described({ query, range }) : `${from} to ${to}`);
    profiles.push(await readMerged(bytes, request, session));
  }
  return { names, profiles };
}
