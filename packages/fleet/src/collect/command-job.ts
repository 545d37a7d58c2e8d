import { parseFleetConfig } from "../config/fleet-config.ts";
import { isAddress, type TargetGroup } from "../config/group-config.ts";
import type { ScrapeJob } from "../config/scrape-config.ts";
import { commandSource } from "../discover/command-source.ts";
import type { GroupSource } from "../discover/discovery.ts";
import { FleetError } from "../error.ts";
import type { ByteBudget } from "../fetch/byte-budget.ts";
import { httpGet } from "../fetch/http-get.ts";

const JOB = "command line";

/** The job of addresses that were given without a configuration: all is as usual. */
export function commandJob(
  addresses: readonly string[],
  tenant: string,
  memory: ByteBudget,
): { readonly job: ScrapeJob; readonly sources: readonly GroupSource[] } {
  const groups = addresses.map(groupOf);
  // A job that all of them have tells none from another.
  const config = `scrape_configs: [{ job_name: ${JOB}, relabel_configs: [{ action: labeldrop, regex: job }] }]`;
  const { jobs } = parseFleetConfig(config, JOB);
  const job: ScrapeJob = { ...jobs[0]!, tenant };
  return { job, sources: [commandSource(groups, httpGet(job.client, memory))] };
}

/** The address of a process as it is typed: `http://localhost:6060`, `localhost:6060`, or one with the path of its profiles. */
export function groupOf(address: string): TargetGroup {
  const text = address.includes("://") ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || !isAddress(url.host)) {
    throw new FleetError(`invalid target ${JSON.stringify(address)}: must be such as http://localhost:6060`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new FleetError(`the target at ${url.host} has a password: basic_auth of a -config file takes one`);
  }
  const prefix = url.pathname.replace(/\/(?:debug\/pprof(?:\/.*)?)?$/, "");
  const labels = new Map([["__scheme__", url.protocol.slice(0, -1)]]);
  if (prefix !== "") labels.set("__profile_path_prefix__", prefix);
  return { addresses: [url.host], labels };
}
