import path from "node:path";
import type { ValueType } from "@pprof-ts/profile";
import type { RelabelRule } from "../relabel/relabel.ts";
import { CLIENT_FIELDS, type ClientConfig, type ClientKeys, clientConfig } from "./client-config.ts";
import { type ConfigNode, wrong } from "./config-node.ts";
import { durationText } from "./duration.ts";
import { readGroups, type TargetGroup } from "./group-config.ts";
import { duration, type Fields, fields, flag, list, mapOf, oneOf, type Reader, text, whole } from "./readers.ts";
import { readRelabelRule } from "./relabel-config.ts";

/** A profile that targets are asked for. */
export interface ScrapedProfile {
  readonly name: string;
  /** The path of it, below the prefix. */
  readonly path: string;
  /** How long it records; undefined: what is there at once. */
  readonly seconds: number | undefined;
  readonly intervalMillis: number;
  /** The sample types that are kept; none for all. */
  readonly keep: readonly ValueType[];
}

/** Files of groups, and how often they are looked at. */
export interface FileDiscovery {
  /** The last part of each may have `*`. */
  readonly files: readonly string[];
  readonly refreshMillis: number;
}

/** A server that says which targets there are. */
export interface HttpDiscovery {
  readonly url: string;
  readonly refreshMillis: number;
  readonly client: ClientConfig;
}

/** Processes that are scraped in one way. */
export interface ScrapeJob {
  readonly name: string;
  readonly tenant: string;
  readonly params: ReadonlyMap<string, readonly string[]>;
  readonly timeoutMillis: number;
  readonly scheme: "http" | "https";
  readonly pathPrefix: string;
  readonly profiles: readonly ScrapedProfile[];
  readonly relabel: readonly RelabelRule[];
  readonly client: ClientConfig;
  readonly groups: readonly TargetGroup[];
  readonly fileDiscoveries: readonly FileDiscovery[];
  readonly httpDiscoveries: readonly HttpDiscovery[];
}

export const DEFAULT_TENANT = "default";
const DEFAULT_INTERVAL = 10_000;
/** How much longer than from one scrape to the next an answer may take. */
const SLACK = 3000;
const MINUTE = 60_000;
const FILE_REFRESH = 300_000;

interface ProfileDefault {
  readonly path: string;
  readonly delta?: true;
  /** At least so long from one to the next. */
  readonly leastMillis?: number;
}

/**
 * What Go's servers and those of @pprof-ts/runtime have, by Parca's names. But for the CPU profile each holds a Node program for as
 * long as its heap is large, and changes slowly: once a minute is enough.
 */
export const DEFAULT_PROFILES: Readonly<Record<string, ProfileDefault>> = {
  process_cpu: { path: "/debug/pprof/profile", delta: true },
  memory: { path: "/debug/pprof/heap", leastMillis: MINUTE },
  goroutine: { path: "/debug/pprof/goroutine", leastMillis: MINUTE },
  block: { path: "/debug/pprof/block", leastMillis: MINUTE },
  mutex: { path: "/debug/pprof/mutex", leastMillis: MINUTE },
};

interface ProfileKeys {
  enabled?: boolean;
  path?: string;
  delta?: boolean;
  seconds?: number;
  interval?: number;
  keep_sample_type?: readonly ValueType[];
}

interface ProfilingKeys {
  pprof_config?: ReadonlyMap<string, Placed<Partial<ProfileKeys>>>;
  path_prefix?: string;
}

interface ScrapeKeys extends ClientKeys {
  job_name?: string;
  tenant?: string;
  params?: ReadonlyMap<string, readonly string[]>;
  scrape_interval?: number;
  scrape_timeout?: number;
  scheme?: "http" | "https";
  normalized_addresses?: boolean;
  relabel_configs?: readonly RelabelRule[];
  profiling_config?: Partial<ProfilingKeys>;
  static_configs?: readonly TargetGroup[];
  file_sd_configs?: readonly FileDiscovery[];
  http_sd_configs?: readonly HttpDiscovery[];
}

/** What was read, and where, for what can be wrong with it only together with others. */
interface Placed<T> {
  readonly read: T;
  readonly node: ConfigNode;
}

const SCRAPE_FIELDS: Fields<ScrapeKeys> = {
  job_name: text,
  tenant: text,
  params: mapOf(list(text)),
  scrape_interval: duration,
  scrape_timeout: duration,
  scheme: oneOf(["http", "https"]),
  // Profiles are kept as they come: addresses are what their mappings say.
  normalized_addresses: flag,
  relabel_configs: list(readRelabelRule),
  profiling_config: fields<ProfilingKeys>({
    pprof_config: mapOf((node) => ({ node, read: profileKeys(node) })),
    path_prefix: text,
  }),
  static_configs: readGroups,
  file_sd_configs: list(readFileDiscovery),
  http_sd_configs: list(readHttpDiscovery),
  ...CLIENT_FIELDS,
};

const scrapeKeys = fields<ScrapeKeys>(SCRAPE_FIELDS);
const profileKeys: Reader<Partial<ProfileKeys>> = fields<ProfileKeys>({
  enabled: flag,
  path: text,
  delta: flag,
  seconds: whole,
  interval: duration,
  keep_sample_type: list(readSampleType),
});

/** One of `scrape_configs`. */
export function readScrapeJob(node: ConfigNode): ScrapeJob {
  const keys = scrapeKeys(node);
  if (!keys.job_name) throw wrong(node, "job_name is missing");
  const intervalMillis = keys.scrape_interval ?? DEFAULT_INTERVAL;
  if (intervalMillis < 1000) {
    throw wrong(node, `invalid scrape_interval ${durationText(intervalMillis)}: must be a second or more`);
  }
  const timeoutMillis = keys.scrape_timeout ?? intervalMillis + SLACK;
  if (timeoutMillis === 0) throw wrong(node, "invalid scrape_timeout 0s: must be more than nothing");
  const { pprof_config: given = new Map(), path_prefix: pathPrefix = "" } = keys.profiling_config ?? {};
  const profiles = [...new Set([...Object.keys(DEFAULT_PROFILES), ...given.keys()])].flatMap((name) =>
    scrapedProfile(name, given.get(name) ?? { read: {}, node }, intervalMillis, timeoutMillis),
  );
  if (profiles.length === 0) throw wrong(node, "no profile of pprof_config is enabled");
  return {
    name: keys.job_name,
    tenant: keys.tenant ?? DEFAULT_TENANT,
    params: keys.params ?? new Map(),
    timeoutMillis,
    scheme: keys.scheme ?? "http",
    pathPrefix,
    profiles,
    relabel: keys.relabel_configs ?? [],
    client: clientConfig(keys, node),
    groups: keys.static_configs ?? [],
    fileDiscoveries: keys.file_sd_configs ?? [],
    httpDiscoveries: keys.http_sd_configs ?? [],
  };
}

function scrapedProfile(
  name: string,
  { read, node }: Placed<Partial<ProfileKeys>>,
  scrapeMillis: number,
  timeoutMillis: number,
): ScrapedProfile[] {
  const usual = Object.hasOwn(DEFAULT_PROFILES, name) ? DEFAULT_PROFILES[name] : undefined;
  if (read.enabled === false) return [];
  const profilePath = read.path ?? usual?.path;
  if (profilePath === undefined) {
    throw wrong(node, `path is missing: only ${Object.keys(DEFAULT_PROFILES).join(", ")} have one of their own`);
  }
  const intervalMillis = read.interval ?? Math.max(scrapeMillis, usual?.leastMillis ?? 0);
  if (intervalMillis < 1000) {
    throw wrong(node, `invalid interval ${durationText(intervalMillis)}: must be a second or more`);
  }
  const records = read.delta ?? usual?.delta ?? read.seconds !== undefined;
  const seconds = records ? (read.seconds ?? usualSeconds(Math.min(intervalMillis, scrapeMillis))) : undefined;
  if (!records && read.seconds !== undefined) throw wrong(node, "seconds are of a profile with delta: true");
  if (seconds !== undefined && seconds * 1000 >= timeoutMillis) {
    throw wrong(
      node,
      `scrape_timeout ${durationText(timeoutMillis)} is no longer than the ${seconds}s that ${name} records`,
    );
  }
  return [{ name, path: profilePath, seconds, intervalMillis, keep: read.keep_sample_type ?? [] }];
}

/** A second less than from one to the next: then the next begins on time, and others can record in between. */
function usualSeconds(intervalMillis: number): number {
  return Math.max(1, Math.floor(intervalMillis / 1000) - 1);
}

function readSampleType(node: ConfigNode): ValueType {
  const { type, unit } = fields<ValueType>({ type: text, unit: text })(node);
  if (type === undefined || unit === undefined) throw wrong(node, "a sample type has a type and a unit");
  return { type, unit };
}

function readFileDiscovery(node: ConfigNode): FileDiscovery {
  const read = fields<{ files?: readonly string[]; refresh_interval?: number }>({
    files: list(text),
    refresh_interval: duration,
  })(node);
  const directory = path.dirname(node.file);
  const files = (read.files ?? []).map((file) => path.resolve(directory, file));
  if (files.length === 0) throw wrong(node, "files are missing");
  const odd = files.find((file) => !/^[^*]*\*?[^*]*\.(?:json|ya?ml)$/.test(path.basename(file)) || /\*.*\//.test(file));
  if (odd !== undefined) {
    throw wrong(node, `invalid file ${JSON.stringify(odd)}: must end in .json, .yml or .yaml, with one * in its name`);
  }
  return { files, refreshMillis: read.refresh_interval ?? FILE_REFRESH };
}

function readHttpDiscovery(node: ConfigNode): HttpDiscovery {
  interface HttpKeys extends ClientKeys {
    url?: string;
    refresh_interval?: number;
  }
  const read = fields<HttpKeys>({ url: text, refresh_interval: duration, ...CLIENT_FIELDS })(node);
  const { url = "" } = read;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw wrong(node, `invalid url ${JSON.stringify(url)}: must be an http or https address`);
  }
  return { url, refreshMillis: read.refresh_interval ?? MINUTE, client: clientConfig(read, node) };
}
