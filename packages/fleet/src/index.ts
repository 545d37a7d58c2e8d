export type { EmbeddedStoreOptions } from "./embedded/embedded-store.ts";
export { EmbeddedStore } from "./embedded/embedded-store.ts";
export { FleetError } from "./error.ts";
export type { FileSystem, LogFile } from "./file/file-system.ts";
export { nodeFileSystem } from "./file/node-file-system.ts";
export type { MemoryStoreOptions } from "./memory/memory-store.ts";
export { MemoryStore } from "./memory/memory-store.ts";
export type { Labels } from "./store/labels.ts";
export { isLabelName, labelsKey, SERVICE_LABEL } from "./store/labels.ts";
export type { Limits } from "./store/limits.ts";
export { defaultLimits } from "./store/limits.ts";
export type { Matcher, MatchOperator, Selector } from "./store/selector.ts";
export { compileSelector, matchersText, parseMatchers } from "./store/selector.ts";
export type {
  Admission,
  Arrival,
  CountersSince,
  Failure,
  Merged,
  Missing,
  Objection,
  ProfileQuery,
  ProfileType,
  ServiceSummary,
  Store,
  Target,
  Timeline,
  TimelineQuery,
  TimelineSeries,
  TimeRange,
  Top,
  TopQuery,
  TopRow,
} from "./store/store.ts";
export { MOST_STEPS } from "./store/store.ts";
export type { ValueKind } from "./store/value-kind.ts";
export { profileName, valueKind } from "./store/value-kind.ts";
