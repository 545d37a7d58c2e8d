import type { Missing } from "../store/store.ts";

/** The header that says what an answer lacks, for formats that have no place for it: a list in JSON, in ASCII. */
export const MISSING_HEADER = "x-pprof-missing";
/** Servers and proxies refuse longer ones. */
const LONGEST = 4000;

/** No header where nothing is missing; the number of them where they are too long for one. */
export function missingHeader(missing: Missing): Readonly<Record<string, string>> {
  if (missing.length === 0) return {};
  const text = ascii(JSON.stringify(missing));
  return { [MISSING_HEADER]: text.length <= LONGEST ? text : JSON.stringify([`${missing.length} parts`]) };
}

function ascii(text: string): string {
  return text.replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
