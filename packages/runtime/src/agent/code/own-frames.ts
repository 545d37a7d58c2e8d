import type { SiteFrame } from "../../target/stack-reader.ts";
import type { CallFrame } from "./call-frame.ts";

/** Where this package's scripts are, which run in the program as well. */
const OWN = new URL("../..", import.meta.url).href;

/**
 * A stack without the profiler's own functions that are on top of it, such as those of a mounted handler. Where nothing but Node
 * has called those, the thread does nothing of the program's.
 */
export function withoutOwn(frames: readonly SiteFrame[]): readonly SiteFrame[] {
  const first = frames.findIndex(([, url]) => url !== "" && !url.startsWith(OWN));
  if (first <= 0 || !frames.slice(0, first).some(([, url]) => url.startsWith(OWN))) return frames;
  const rest = frames.slice(first).filter(([, url]) => !url.startsWith(OWN));
  return rest.some(([, url]) => url !== "" && !url.startsWith("node:")) ? frames.slice(first) : [];
}

/** Whether it is the class that counts Buffers (`program/record/buffers.ts`): what runs or allocates in it is its caller's. */
export function isOfBuffers({ functionName }: CallFrame): boolean {
  return functionName === "PprofBufferBytes";
}
