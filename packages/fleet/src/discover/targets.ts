import { isAddress, type TargetGroup } from "../config/group-config.ts";
import type { ScrapedProfile, ScrapeJob } from "../config/scrape-config.ts";
import { FleetError } from "../error.ts";
import type { Get } from "../fetch/http-get.ts";
import { relabel } from "../relabel/relabel.ts";
import type { ScrapeTarget } from "../scrape/scrape-target.ts";
import { type Labels, SERVICE_LABEL } from "../store/labels.ts";
import { serviceName } from "./service-name.ts";

const ADDRESS = "__address__";
const SCHEME = "__scheme__";
const NAME = "__name__";
const PATH = "__profile_path__";
const PREFIX = "__profile_path_prefix__";
const PARAM = "__param_";
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** What a page is, and no profile. */
const PAGE = /^\s*<(?:!doctype|html)/i;

/** The targets of groups, and what is wrong with those that cannot be scraped, a sentence each. */
export interface FoundTargets {
  readonly targets: readonly ScrapeTarget[];
  readonly problems: readonly string[];
}

/** The targets of groups: for each address one for each profile, but for those that relabelling drops. */
export function targetsOf(job: ScrapeJob, groups: readonly TargetGroup[], get: Get, mostBytes: number): FoundTargets {
  const targets: ScrapeTarget[] = [];
  const problems = new Set<string>();
  for (const { addresses, labels } of groups) {
    for (const address of addresses) {
      for (const profile of job.profiles) {
        try {
          const target = targetOf(job, address, labels, profile, get, mostBytes);
          if (target !== undefined) targets.push(target);
        } catch (error) {
          if (!(error instanceof FleetError)) throw error;
          problems.add(error.message);
        }
      }
    }
  }
  return { targets, problems: [...problems] };
}

function targetOf(
  job: ScrapeJob,
  address: string,
  given: Labels,
  profile: ScrapedProfile,
  get: Get,
  mostBytes: number,
): ScrapeTarget | undefined {
  const discovered = new Map([
    ["job", job.name],
    [SCHEME, job.scheme],
    [PREFIX, job.pathPrefix],
    ...given,
    [ADDRESS, address],
    [NAME, profile.name],
    // A process may have its profiles elsewhere; a label says where one of them is, as Alloy has it.
    [PATH, given.get(PATH) ?? profile.path],
    ...Array.from(job.params, ([name, values]) => [PARAM + name, values[0] ?? ""] as const),
  ]);
  const labels = relabel(discovered, job.relabel);
  if (labels === undefined) return undefined;
  const scheme = labels.get(SCHEME) ?? "http";
  const host = withPort(labels.get(ADDRESS) ?? "", scheme);
  const url = urlOf(job, labels, scheme, host, profile);
  const kept = new Map(
    [...labels].filter(([name]) => !name.startsWith("__")).concat([[SERVICE_LABEL, serviceName(labels, discovered)]]),
  );
  if (!kept.has("instance")) kept.set("instance", host);
  const name = labels.get(NAME) || profile.name;
  const key = JSON.stringify([job.tenant, job.name, name, url.href, [...kept].sort()]);
  const { timeoutMillis } = job;
  return {
    key,
    tenant: job.tenant,
    labels: kept,
    name,
    shown: url.origin + url.pathname,
    intervalMillis: profile.intervalMillis,
    keep: profile.keep,
    isDelta: profile.seconds !== undefined,
    async take(signal) {
      const { body } = await get(url, { timeoutMillis, mostBytes, signal });
      if (PAGE.test(Buffer.from(body.subarray(0, 200)).toString("latin1"))) {
        throw new FleetError(`the answer is a page and no profile: is ${url.pathname} the path of one?`);
      }
      return body;
    },
  };
}

function urlOf(job: ScrapeJob, labels: Labels, scheme: string, host: string, profile: ScrapedProfile): URL {
  if (!Object.hasOwn(PORTS, scheme)) {
    throw new FleetError(`job ${job.name}: invalid __scheme__ ${JSON.stringify(scheme)}: must be http or https`);
  }
  if (!isAddress(host)) {
    throw new FleetError(`job ${job.name}: invalid __address__ ${JSON.stringify(host)}: must be host:port`);
  }
  const path = `${labels.get(PREFIX) ?? ""}/${labels.get(PATH) ?? profile.path}`.replaceAll(/\/{2,}/g, "/");
  const url = new URL(`${scheme}://${host}`);
  const [pathname = "/", search = ""] = path.split(/\?(.*)/s, 2);
  url.pathname = pathname.startsWith("/") ? pathname : `/${pathname}`;
  url.search = search;
  if (profile.seconds !== undefined) url.searchParams.set("seconds", String(profile.seconds));
  for (const [name, [, ...more]] of job.params) {
    url.searchParams.delete(name);
    for (const value of [labels.get(PARAM + name) ?? "", ...more]) url.searchParams.append(name, value);
  }
  for (const [label, value] of labels) {
    const name = label.slice(PARAM.length);
    if (label.startsWith(PARAM) && !job.params.has(name)) url.searchParams.set(name, value);
  }
  return url;
}

/** With the port of the scheme, where it has none. */
function withPort(address: string, scheme: string): string {
  return /:\d+$/.test(address) || !Object.hasOwn(PORTS, scheme) ? address : `${address}:${PORTS[scheme]}`;
}
