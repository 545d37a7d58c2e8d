export { handler } from "./adapter/fetch.ts";
export { RuntimeError } from "./error.ts";
export type { Access } from "./http/access/access.ts";
export type { TraceLevel, TraceTask } from "./program/execution-trace.ts";
export { startTrace, stopTrace, trace } from "./program/execution-trace.ts";
export type { Listener, ListenOptions } from "./program/listen.ts";
export { listen } from "./program/listen.ts";
export type { MountOptions } from "./program/mount.ts";
export type { NamedProfile } from "./program/named-profile.ts";
export {
  lookup,
  newProfile,
  profiles,
  startCpuProfile,
  stopCpuProfile,
  writeHeapProfile,
} from "./program/named-profile.ts";
export type { ProfilingOptions } from "./program/options.ts";
export { memProfileRate, setBlockProfileRate, setMemProfileRate, setMutexProfileFraction } from "./program/rates.ts";
export type { CustomProfile, Destination } from "./program/record/custom-profile.ts";
export { doWithLabels, label, withLabels } from "./program/record/labels.ts";
export type { Lock } from "./program/record/mutex.ts";
export { Mutex, profileLock, Semaphore } from "./program/record/mutex.ts";
export type { Labels } from "./target/stack-reader.ts";
