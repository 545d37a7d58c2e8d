import type { Site, SiteFrame } from "../target/stack-reader.ts";

/** A call of native code that took long: who called, and from when to when, in nanoseconds of `process.hrtime`. */
export interface SyncCall extends Site {
  readonly begun: number;
  readonly ended: number;
}

/** The script that wraps such calls: its functions stand in the stacks of what goes on in them. */
const WRAPPERS = import.meta.url?.replace("/exchange/sync-call.", "/program/record/sync-calls.");

/** The stack without the wrappers, and without what Node does in their calls: each call is as a native function. */
export function withoutWrappers(frames: readonly SiteFrame[]): readonly SiteFrame[] {
  const top = frames.findIndex(isWrapper);
  if (top < 0) return frames;
  const inside = frames.slice(0, top);
  // A function of the program's that Node calls, such as a filter of `fs.cpSync`.
  const calledBack = !inside.some(isOwn) && inside.some(([, url]) => url !== "" && !url.startsWith("node:"));
  const outside = frames.slice(top + 1).filter((frame) => !isOwn(frame));
  return [...(calledBack ? inside : []), [frames[top]![0], "", 0, 0, 0, 0], ...outside];
}

function isWrapper(frame: SiteFrame): boolean {
  return isOwn(frame) && frame[0].endsWith("Sync");
}

function isOwn([, url]: SiteFrame): boolean {
  return url === WRAPPERS;
}
