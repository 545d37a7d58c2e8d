// What `preload.cts` loads into workers of a program that is recorded: what each has to do itself.
import process from "node:process";
import type { Recording } from "./exchange/messages.ts";
import { watchOwnAtomics } from "./program/record/atomics.ts";
import { tellOwnEnd } from "./program/record/worker-ends.ts";
import { sampleOwnHeap } from "./program/record/worker-heap.ts";

const { PPROF_RUN } = process.env;
if (PPROF_RUN) {
  const { kinds } = JSON.parse(PPROF_RUN) as Recording;
  if (kinds.includes("cpu")) tellOwnEnd();
  if (kinds.includes("heap")) sampleOwnHeap().catch(() => {});
  if (kinds.includes("mutex")) watchOwnAtomics(true);
}
