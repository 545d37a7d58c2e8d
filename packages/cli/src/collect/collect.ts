import path from "node:path";
import {
  type Collector,
  commandTenant,
  EmbeddedStore,
  type FleetConfig,
  fleetRoutes,
  pageRoutes,
  parseDuration,
  readFleetConfig,
  startCollector,
} from "@pprof-ts/fleet";
import { ToolError } from "../error.ts";
import { topicHelp } from "../help/topic.ts";
import type { Environment } from "../host/environment.ts";
import { saveDirectory } from "../host/file/temp-file.ts";
import { ClosedOutput, type Ui } from "../host/terminal/ui.ts";
import { hostName, isLoopback, whyForbidden } from "../pages/forbidden.ts";
import { splitAddress } from "../pages/listen.ts";
import { pageFiles } from "../pages/page-files.ts";
import { type Flag, parseFlags } from "../words/flags.ts";
import { type AttachedProcess, attachProcess } from "./attached-process.ts";
import { healthTeller } from "./health.ts";
import { findSources } from "./sources.ts";

const FLAGS: readonly Flag[] = [
  { name: "config", kind: "string" },
  { name: "listen", kind: "string" },
  { name: "http_host", kind: "string" },
  { name: "store", kind: "string" },
  { name: "retention", kind: "string" },
];

/** Where the SDKs of Pyroscope write unless they are told otherwise. */
const DEFAULT_LISTEN = "localhost:4040";
const HOUR = 3_600_000;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Collects profiles until it is told to end. */
export async function collect(words: readonly string[], ui: Ui, env: Environment): Promise<number> {
  const parsed = parseFlags(words, FLAGS);
  if (!("values" in parsed)) {
    if ("problem" in parsed) ui.print(parsed.problem);
    ui.print(`usage: ${topicHelp("collect")}`);
    return "problem" in parsed ? 2 : 0;
  }
  const text = (name: string): string => String(parsed.values.get(name)?.at(-1) ?? "");
  const config: FleetConfig = text("config") === "" ? { jobs: [], tenants: [] } : readFleetConfig(text("config"));
  const { host, port } = splitAddress(text("listen") || DEFAULT_LISTEN);
  if (!isLoopback(host) && config.tenants.length === 0) {
    throw new ToolError(
      `invalid -listen ${JSON.stringify(text("listen"))}: others would read and write profiles there; tenants of -config give them tokens`,
    );
  }
  const names = (parsed.values.get("http_host") ?? []).flatMap((given) => String(given).split(","));
  const known = { host, names: new Set([host, ...names.map(hostName)]) };
  const { addresses, pids } = await findSources(parsed.positional);
  const processes: AttachedProcess[] = [];
  const tell = (sentence: string): void => unlessClosed(() => ui.warn(ui.quoted(sentence)));
  const directory = text("store") || path.join(saveDirectory(env, ui), "fleet");
  const retention = retentionMillis(text("retention"));
  const store = await EmbeddedStore.open(directory, {
    onTrouble: tell,
    ...(retention === undefined ? {} : { retentionMillis: retention }),
  });
  const ended = new Promise<void>((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve());
  });
  try {
    for (const pid of pids) processes.push(await attachProcess(pid, commandTenant(config)));
    const collector = await startCollector({
      config,
      addresses,
      targets: processes.flatMap(({ targets }) => targets),
      store,
      host,
      port,
      routes: [...fleetRoutes(store), ...pageRoutes(store, pageFiles())],
      forbids: (request) => whyForbidden(request, known),
      tell,
      onScrape: healthTeller((sentence) => unlessClosed(() => ui.print(ui.quoted(sentence)))),
    });
    try {
      ui.print(`${scraped(collector)}; kept in ${directory}; look at ${urlOf(collector)}`);
      await ended;
    } finally {
      await collector.close();
    }
  } finally {
    await Promise.all(processes.map((attached) => attached.close()));
    await store.close();
  }
  return 0;
}

/** For how long profiles are kept; undefined: as long as is usual. */
function retentionMillis(text: string): number | undefined {
  if (text === "") return undefined;
  const millis = parseDuration(text);
  if (millis < HOUR)
    throw new ToolError(`invalid -retention ${JSON.stringify(text)}: must be an hour or more, such as 15d`);
  return millis;
}

/** Says something, if anybody still reads it: what is collected is collected anyway. */
function unlessClosed(say: () => void): void {
  try {
    say();
  } catch (error) {
    if (!(error instanceof ClosedOutput)) throw error;
  }
}

/** What is scraped, in one line. */
function scraped(collector: Collector): string {
  const targets = collector.targets();
  const instances = new Set(targets.map(({ labels }) => labels.get("instance")));
  const services = [...new Set(targets.map(({ labels }) => labels.get("service_name")))];
  if (targets.length === 0) return "Taking what is pushed";
  const [shown, more] = [services.slice(0, 3).join(", "), services.length - 3];
  return `Scraping ${instances.size} ${instances.size === 1 ? "process" : "processes"}: ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}

function urlOf({ host, port }: Collector): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
