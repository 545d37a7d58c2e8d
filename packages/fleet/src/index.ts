export { changeText, costText } from "./ask/cost-text.ts";
export type { ParsedSelector } from "./ask/selector.ts";
export { parseMatchers, parseSelector } from "./ask/selector.ts";
export { parseDuration, parseRange, parseTime, printTime } from "./ask/time.ts";
export type { Collector, CollectorOptions } from "./collect/collector.ts";
export { startCollector } from "./collect/collector.ts";
export type { ClientConfig, Secret, TlsConfig } from "./config/client-config.ts";
export type { FleetConfig, TenantConfig } from "./config/fleet-config.ts";
export { commandTenant, parseFleetConfig, readFleetConfig } from "./config/fleet-config.ts";
export type { TargetGroup } from "./config/group-config.ts";
export type { FileDiscovery, HttpDiscovery, ScrapedProfile, ScrapeJob } from "./config/scrape-config.ts";
export { programName } from "./discover/command-source.ts";
export type { EmbeddedStoreOptions } from "./embedded/embedded-store.ts";
export { EmbeddedStore } from "./embedded/embedded-store.ts";
export { FleetError } from "./error.ts";
export type { FileSystem, LogFile } from "./file/file-system.ts";
export { nodeFileSystem } from "./file/node-file-system.ts";
export { fleetRoutes } from "./fleet-routes.ts";
export type { MemoryStoreOptions } from "./memory/memory-store.ts";
export { MemoryStore } from "./memory/memory-store.ts";
export type { Regex, RelabelAction, RelabelRule } from "./relabel/relabel.ts";
export type { ScrapeTarget } from "./scrape/scrape-target.ts";
export type { ScrapeResult } from "./scrape/scraper.ts";
export { MISSING_HEADER } from "./serve/missing-header.ts";
export { pageRoutes } from "./serve/pages/page-routes.ts";
export type { Answer, Asked, Route } from "./serve/route.ts";
export type { Labels } from "./store/labels.ts";
export { isLabelName, labelsKey, SERVICE_LABEL } from "./store/labels.ts";
export type { Limits } from "./store/limits.ts";
export { defaultLimits } from "./store/limits.ts";
export type { Matcher, MatchOperator, Selector } from "./store/selector.ts";
export { compileSelector, matchersText } from "./store/selector.ts";
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
