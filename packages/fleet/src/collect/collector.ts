import type { IncomingMessage } from "node:http";
import { commandTenant, type FleetConfig } from "../config/fleet-config.ts";
import type { TargetGroup } from "../config/group-config.ts";
import type { ScrapeJob } from "../config/scrape-config.ts";
import { Discovery, type GroupSource } from "../discover/discovery.ts";
import { fileSource } from "../discover/file-source.ts";
import { httpSource } from "../discover/http-source.ts";
import { targetsOf } from "../discover/targets.ts";
import { ByteBudget } from "../fetch/byte-budget.ts";
import { httpGet } from "../fetch/http-get.ts";
import { Intake } from "../intake/intake.ts";
import { type ListeningServer, serveRoutes } from "../listen/server.ts";
import { tenantsByToken } from "../listen/tenants.ts";
import { receiveRoutes } from "../receive/routes.ts";
import type { ScrapeTarget } from "../scrape/scrape-target.ts";
import { type ScrapeResult, Scraper } from "../scrape/scraper.ts";
import type { Route } from "../serve/route.ts";
import { defaultLimits } from "../store/limits.ts";
import type { Store } from "../store/store.ts";
import { commandJob } from "./command-job.ts";
import { mostOpenScrapes } from "./open-files.ts";

export interface CollectorOptions {
  readonly config: FleetConfig;
  /** Addresses that are scraped as well, as the command line has them: `http://localhost:6060`. */
  readonly addresses?: readonly string[];
  /** What is taken in another way than by HTTP. */
  readonly targets?: readonly ScrapeTarget[];
  readonly store: Store;
  readonly host: string;
  readonly port: number;
  /** Why a request is not answered at all; undefined: it is. */
  readonly forbids: (request: IncomingMessage) => string | undefined;
  /** What is answered beside pushes. */
  readonly routes?: readonly Route[];
  /** Hears of what goes wrong with the collector itself, a sentence each. */
  readonly tell: (sentence: string) => void;
  readonly onScrape?: (result: ScrapeResult) => void;
}

/** What collects, until it is closed. */
export interface Collector {
  readonly host: string;
  readonly port: number;
  /** What is scraped now. */
  targets(): readonly ScrapeTarget[];
  /** Resolves when all that was acknowledged is kept; the store is left open. */
  close(): Promise<void>;
}

/** What answers of targets, and what clients push, may take before it is kept. */
const MOST_ANSWERS = 2 ** 27;
const MOST_PUSHED = 2 ** 27;
const MOST_WAITING = 2 ** 26;
/** More processes are for more collectors: hashmod gives each of them a part. */
const MOST_TARGETS = 100_000;

/** Scrapes targets and takes pushes into a store. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const { config, store, tell, onScrape } = options;
  const intake = new Intake(store, MOST_WAITING, tell);
  const { profileBytes, unpackedBytes } = defaultLimits;
  const scraper = new Scraper({
    intake,
    mostOpen: mostOpenScrapes(),
    mostBytes: profileBytes,
    ...(onScrape === undefined ? {} : { onScrape }),
  });
  const pushMemory = new ByteBudget(MOST_PUSHED);
  const receiver = { intake, memory: pushMemory, mostBytes: profileBytes, mostUnpackedBytes: unpackedBytes };
  const tenantOf = await tenantsByToken(config.tenants);
  const found = new FoundByJob(options, scraper);
  const server: ListeningServer = await serveRoutes({
    host: options.host,
    port: options.port,
    forbids: options.forbids,
    tenantOf,
    routes: [...receiveRoutes(receiver), ...(options.routes ?? [])],
    memory: pushMemory,
    tell,
  });
  await found.start();
  return {
    host: server.host,
    port: server.port,
    targets: () => scraper.targets,
    async close() {
      found.end();
      await Promise.all([server.close(), scraper.end()]);
      await intake.written();
    },
  };
}

/** The targets of all jobs, as they come and go. */
class FoundByJob {
  readonly #discoveries: readonly Discovery[];
  readonly #targets = new Map<string, readonly ScrapeTarget[]>();
  readonly #told = new Set<string>();
  readonly #tell: (sentence: string) => void;
  readonly #scraper: Scraper;

  constructor({ config, addresses = [], targets = [], tell }: CollectorOptions, scraper: Scraper) {
    this.#tell = tell;
    this.#scraper = scraper;
    this.#targets.set("", targets);
    const memory = new ByteBudget(MOST_ANSWERS);
    const byCommand = addresses.length === 0 ? undefined : commandJob(addresses, commandTenant(config), memory);
    const known = config.jobs.map((job) => ({ job, sources: sourcesOf(job, memory) }));
    const jobs = byCommand === undefined ? known : [byCommand, ...known];
    this.#discoveries = jobs.map(({ job, sources }) => {
      const get = httpGet(job.client, memory);
      const onGroups = (groups: readonly TargetGroup[]): void => {
        const { targets, problems } = targetsOf(job, groups, get, defaultLimits.profileBytes);
        for (const problem of problems) this.#tellOnce(problem);
        this.#targets.set(job.name, targets);
        this.#sync();
      };
      return new Discovery(job.groups, sources, { onGroups, tell: (sentence) => tell(`job ${job.name}: ${sentence}`) });
    });
  }

  async start(): Promise<void> {
    this.#sync();
    await Promise.all(this.#discoveries.map((discovery) => discovery.start()));
  }

  end(): void {
    for (const discovery of this.#discoveries) discovery.end();
  }

  #sync(): void {
    const all = [...this.#targets.values()].flat();
    if (all.length > MOST_TARGETS) {
      this.#tellOnce(`there are more than ${MOST_TARGETS} targets: the rest is not scraped`);
    }
    this.#scraper.sync(all.slice(0, MOST_TARGETS));
  }

  #tellOnce(sentence: string): void {
    if (this.#told.has(sentence) || this.#told.size > 1000) return;
    this.#told.add(sentence);
    this.#tell(sentence);
  }
}

function sourcesOf(job: ScrapeJob, memory: ByteBudget): GroupSource[] {
  return [...job.fileDiscoveries.map(fileSource), ...job.httpDiscoveries.map((http) => httpSource(http, memory))];
}
