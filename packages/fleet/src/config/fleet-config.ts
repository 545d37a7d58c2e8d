import { readFileSync } from "node:fs";
import path from "node:path";
import { FleetError, messageOf } from "../error.ts";
import type { Secret } from "./client-config.ts";
import { type ConfigNode, parseConfig, wrong } from "./config-node.ts";
import { fields, list, text } from "./readers.ts";
import { DEFAULT_TENANT, readScrapeJob, type ScrapeJob } from "./scrape-config.ts";

/** Whoever knows the token pushes and asks as this tenant. */
export interface TenantConfig {
  readonly name: string;
  readonly token: Secret;
}

/** What a configuration file says. */
export interface FleetConfig {
  readonly jobs: readonly ScrapeJob[];
  /** None: whoever reaches the collector is the default tenant. */
  readonly tenants: readonly TenantConfig[];
}

interface FleetKeys {
  scrape_configs?: readonly ScrapeJob[];
  tenants?: readonly TenantConfig[];
}

const fleetKeys = fields<FleetKeys>({ scrape_configs: list(readScrapeJob), tenants: list(readTenant) });

/** Whose profiles are of what the command line names: of the first tenant. */
export function commandTenant({ tenants }: FleetConfig): string {
  return tenants[0]?.name ?? DEFAULT_TENANT;
}

/** Reads a configuration file; what is wrong with it is a `FleetError` with the line of it. */
export function readFleetConfig(file: string): FleetConfig {
  let written: string;
  try {
    written = readFileSync(file, "utf8");
  } catch (error) {
    throw new FleetError(`cannot read ${file}: ${messageOf(error)}`);
  }
  return parseFleetConfig(written, file);
}

/** What a configuration says; `file` is where it stands, from which other files that it names are looked for. */
export function parseFleetConfig(written: string, file: string): FleetConfig {
  const node = parseConfig(written, file);
  const { scrape_configs: jobs = [], tenants = [] } = fleetKeys(node);
  for (const [what, all] of [
    ["job_name", jobs.map(({ name }) => name)],
    ["tenant", tenants.map(({ name }) => name)],
  ] as const) {
    const twice = all.find((name, i) => all.indexOf(name) !== i);
    if (twice !== undefined) throw wrong(node, `the ${what} ${JSON.stringify(twice)} is there twice`);
  }
  const names = tenants.map(({ name }) => name);
  const lost = jobs.find(({ tenant }) => names.length > 0 && !names.includes(tenant));
  if (lost !== undefined) {
    throw wrong(
      node,
      `nobody could ask for the profiles of job ${lost.name}: its tenant ${lost.tenant} is none of ${names.join(", ")}`,
    );
  }
  return { jobs, tenants };
}

function readTenant(node: ConfigNode): TenantConfig {
  const read = fields<{ name?: string; token?: string; token_file?: string }>({
    name: text,
    token: text,
    token_file: text,
  })(node);
  const { name = "", token, token_file: file } = read;
  if (!/^[\w.-]{1,100}$/.test(name)) {
    throw wrong(node, `invalid name ${JSON.stringify(name)}: must be letters, digits, dots, dashes and underscores`);
  }
  if ((token === undefined) === (file === undefined)) throw wrong(node, "a tenant has a token or a token_file");
  // A token that no client could send.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw wrong(node, "the token has characters that no header may have (what was given may be a secret)");
  }
  return { name, token: file === undefined ? { text: token! } : { file: path.resolve(path.dirname(node.file), file) } };
}
