import { type Profile, scale, subtract } from "@pprof-ts/profile";
import { pageFiles } from "../pages/page-files.ts";
import { page } from "../pages/single-file.ts";

/** So many functions are searched for as the page opens. */
const MOST_MARKED = 20;

/** What stands on a page beside the profiles. */
export interface PageText {
  readonly title: string;
  /** What is told, line by line: the page Raw shows it. */
  readonly lines: readonly string[];
  /** Functions, with their files, that stand out as the page opens. */
  readonly marked: readonly string[];
}

/** One page with all views of what differs between two profiles of so many runs each, in what a run takes. */
export function diffPage(base: Profile, head: Profile, runs: number, { title, lines, marked }: PageText): string {
  const ofRun = (profile: Profile): Profile => scale(profile, 1 / runs);
  const profile = { ...subtract(ofRun(head), ofRun(base), { diff: true }), comments: lines };
  const names = namesOf(profile, new Set(marked)).slice(0, MOST_MARKED);
  const search = names.length === 0 ? "" : new URLSearchParams({ q: `^(${names.map(escaped).join("|")})$` }).toString();
  return page({ shown: { profile }, title, search, sources: undefined }, pageFiles());
}

/** The names alone of functions with their files, as reports print both. */
function namesOf({ functions, strings }: Profile, marked: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  functions.name.forEach((row, i) => {
    const [name, file] = [strings.get(row), strings.get(functions.filename[i]!)];
    if (marked.has(file === "" ? name : `${name} ${file}`)) found.add(name);
  });
  return [...found];
}

function escaped(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
