import path from "node:path";
import { FleetError } from "../error.ts";
import type { FileSystem } from "../file/file-system.ts";
import { lockFolder } from "../file/lock.ts";
import { nodeFileSystem } from "../file/node-file-system.ts";
import { Log } from "../log/log.ts";
import { encodeRecord, type LogRecord } from "../log/record.ts";
import { profileTypes, seriesOf, services, targets } from "../query/catalog.ts";
import { mergeBlocks } from "../query/merge-blocks.ts";
import { timelineBlocks } from "../query/timeline-blocks.ts";
import { topBlocks } from "../query/top-blocks.ts";
import type { Block } from "../segment/block.ts";
import { type Admitted, admit, refusal } from "../store/admit.ts";
import { type Labels, labelsKey, SERVICE_LABEL, sortedLabels } from "../store/labels.ts";
import { defaultLimits, type Limits } from "../store/limits.ts";
import type { Selector } from "../store/selector.ts";
import type {
  Admission,
  Arrival,
  Failure,
  Merged,
  Objection,
  ProfileQuery,
  ProfileType,
  ServiceSummary,
  Store,
  Target,
  Timeline,
  TimelineQuery,
  TimeRange,
  Top,
  TopQuery,
} from "../store/store.ts";
import { cumulativeColumns } from "../store/value-kind.ts";
import { withinLimits } from "../store/within-limits.ts";
import { windowOf } from "./levels.ts";
import { compact, expire, seal } from "./sealing.ts";
import { SegmentFolder } from "./segment-folder.ts";
import { ServiceState } from "./service-state.ts";
import { checkVersion } from "./version.ts";

export interface EmbeddedStoreOptions {
  readonly limits?: Partial<Limits>;
  /** What is older goes; 30 days where nothing is said. */
  readonly retentionMillis?: number;
  /** How often what is due is written, combined and removed; 0 for never but when `maintain` is called. Ten seconds where nothing is said. */
  readonly maintainMillis?: number;
  /** This machine's clock, in milliseconds since 1970. */
  readonly now?: () => number;
  readonly files?: FileSystem;
  /** Told, in a sentence, what went wrong beside all calls: what a crash left, what is damaged, what could not be written. */
  readonly onTrouble?: (message: string) => void;
}

/** What is to be written to the log, and done once it is there. */
interface Waiting {
  readonly bytes: Uint8Array;
  readonly take: (file: number) => Promise<void>;
}

/** What of a service may wait in memory before it is written, whatever its window. */
const MOST_HEAD_BYTES = 8 << 20;
/** What may wait to be written to the log. */
const MOST_WAITING_BYTES = 64 << 20;
const DAY = 24 * 3_600_000;

/**
 * Keeps profiles in a folder of this machine: at first in a log, on the disk before `append` resolves, and every three minutes for
 * each service in a segment, which are combined to one an hour and then one a day. One process at a time has a folder open.
 */
export class EmbeddedStore implements Store {
  readonly #folder: SegmentFolder;
  readonly #log: Log;
  readonly #limits: Limits;
  readonly #options: EmbeddedStoreOptions;
  readonly #now: () => number;
  readonly #services = new Map<string, ServiceState>();
  readonly #damaged: string[] = [];
  readonly #unlock: () => void;
  #sequence = 0;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Settles when what waits has been written and taken. */
  #batch: Promise<void> = Promise.resolve();
  /** Resolves when all that was begun is done. */
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(folder: string, files: FileSystem, options: EmbeddedStoreOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#now = options.now ?? Date.now;
    this.#folder = new SegmentFolder(files, path.join(folder, "segments"));
    this.#log = new Log(files, path.join(folder, "log"));
    this.#unlock = lockFolder(path.join(folder, "lock"));
  }

  /** Opens a folder, which is made where there is none. One of another version, or that a process has open, is a `FleetError`. */
  static async open(folder: string, options: EmbeddedStoreOptions = {}): Promise<EmbeddedStore> {
    const files = options.files ?? nodeFileSystem;
    files.makeFolder(folder);
    checkVersion(files, path.join(folder, "store.json"));
    const store = new EmbeddedStore(folder, files, options);
    try {
      await store.#load();
    } catch (error) {
      store.#unlock();
      throw error;
    }
    return store;
  }

  async append(arrivals: readonly Arrival[]): Promise<Admission> {
    this.#checkOpen();
    const refused: Objection[] = [];
    const cut: Objection[] = [];
    const written: Promise<void>[] = [];
    arrivals.forEach((arrival, index) => {
      if (this.#waitingBytes > MOST_WAITING_BYTES) {
        refused.push({ index, reason: "too much is waiting to be written", retryAfterMillis: 1000 });
        return;
      }
      const admitted = this.#admit(arrival);
      if (typeof admitted === "string") {
        refused.push({ index, reason: admitted });
        return;
      }
      for (const reason of admitted.cut) cut.push({ index, reason });
      const { name, labels } = admitted;
      const { tenant, receivedMillis, countersSince, profile, scrapeMillis = 0 } = arrival;
      const sequence = ++this.#sequence;
      const head = { tenant, labels: [...labels], name, receivedMillis, countersSince, scrapeMillis };
      const take = (file: number): Promise<void> => this.#take(arrival, admitted, sequence, file);
      written.push(this.#write({ sequence, arrival: head, profile }, take));
    });
    await allOf(written);
    return { accepted: written.length, refused, cut };
  }

  async fail(failures: readonly Failure[]): Promise<void> {
    this.#checkOpen();
    const written: Promise<void>[] = [];
    for (const given of failures) {
      if (refusal(given, this.#limits, this.#now()) !== undefined) continue;
      const failure = { ...given, labels: sortedLabels(given.labels) };
      const state = this.#stateFor(failure.tenant, failure.labels);
      if (typeof state === "string") {
        this.#options.onTrouble?.(`a failure was not kept: ${state}`);
        continue;
      }
      const sequence = ++this.#sequence;
      const record = { sequence, failure: { ...failure, labels: [...failure.labels] } };
      written.push(this.#write(record, (file) => this.#takeFailure(failure, sequence, file)));
    }
    await allOf(written);
  }

  async services(tenant: string, range: TimeRange): Promise<readonly ServiceSummary[]> {
    return services(this.#blocks(), tenant, range);
  }

  async labelNames(selector: Selector, range: TimeRange): Promise<readonly string[]> {
    const names = seriesOf(this.#blocks(), selector, range).flatMap((labels) => [...labels.keys()]);
    return [...new Set(names)].sort();
  }

  async labelValues(label: string, selector: Selector, range: TimeRange): Promise<readonly string[]> {
    const values = seriesOf(this.#blocks(), selector, range).flatMap((labels) => labels.get(label) ?? []);
    return [...new Set(values)].sort();
  }

  async profileTypes(selector: Selector, range: TimeRange): Promise<readonly ProfileType[]> {
    return profileTypes(this.#blocks(), selector, range);
  }

  async series(selector: Selector, range: TimeRange): Promise<readonly Labels[]> {
    return seriesOf(this.#blocks(), selector, range);
  }

  async merge(query: ProfileQuery): Promise<Merged> {
    return this.#withDamage(mergeBlocks(this.#blocks(), query));
  }

  async timeline(query: TimelineQuery): Promise<Timeline> {
    return this.#withDamage(timelineBlocks(this.#blocks(), query));
  }

  async top(query: TopQuery): Promise<Top> {
    return this.#withDamage(topBlocks(this.#blocks(), query));
  }

  async targets(selector: Selector, range: TimeRange): Promise<readonly Target[]> {
    return targets(this.#blocks(), selector, range);
  }

  /** Writes, combines and removes what is due now. What goes wrong is told to `onTrouble`, and tried again the next time. */
  async maintain(): Promise<void> {
    if (this.#isClosed) return;
    await this.#run(async () => {
      const now = this.#now();
      const since = now - (this.#options.retentionMillis ?? 30 * DAY);
      for (const state of this.#services.values()) {
        const isOver = state.window < windowOf(state.head.service, now - 60_000);
        await this.#try(state, async () => {
          if (isOver || state.head.bytes > MOST_HEAD_BYTES) await seal(state, this.#folder);
          await compact(state, this.#folder, now);
          expire(state, this.#folder, since);
        });
      }
      this.#forget();
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#run(async () => {
      for (const state of this.#services.values()) {
        await this.#try(state, () => seal(state, this.#folder));
      }
      this.#forget();
      this.#log.close();
      this.#unlock();
    });
  }

  async #load(): Promise<void> {
    const trouble = (message: string): void => this.#options.onTrouble?.(message);
    for (const segment of this.#folder.open((message) => {
      this.#damaged.push(message);
      trouble(message);
    })) {
      this.#state(segment.tenant, segment.service).segments.push(segment);
      this.#sequence = Math.max(this.#sequence, segment.place.maxSequence);
    }
    for (const state of this.#services.values()) {
      const { newest } = state;
      if (newest === undefined) continue;
      const counters = newest.counters();
      if (counters.length > 0) state.head.takeCounters(counters, newest.symbols(), 0);
    }
    for (const { record, file } of this.#log.replay(trouble)) await this.#replay(record, file);
    const { maintainMillis = 10_000 } = this.#options;
    if (maintainMillis === 0) return;
    this.#timer = setInterval(() => void this.maintain(), maintainMillis);
    this.#timer.unref();
  }

  async #replay(record: LogRecord, file: number): Promise<void> {
    const head = "arrival" in record ? record.arrival : record.failure;
    const { tenant } = head;
    const { sequence } = record;
    const labels = new Map(head.labels);
    this.#sequence = Math.max(this.#sequence, sequence);
    if (sequence <= this.#state(tenant, labels.get(SERVICE_LABEL)!).sealedSequence) return;
    if ("failure" in record) {
      await this.#takeFailure({ ...record.failure, labels }, sequence, file);
      return;
    }
    const { countersSince, ...rest } = record.arrival;
    const arrival = { ...rest, labels, profile: record.profile, ...(countersSince && { countersSince }) };
    const admitted = admit(arrival, this.#limits, arrival.receivedMillis);
    if (typeof admitted === "string") this.#options.onTrouble?.(`a profile of the log is left out: ${admitted}`);
    else await this.#take(arrival, admitted, sequence, file);
  }

  #admit(arrival: Arrival): Admitted | string {
    const admitted = admit(arrival, this.#limits, this.#now());
    if (typeof admitted === "string") return admitted;
    const state = this.#stateFor(arrival.tenant, admitted.labels);
    if (typeof state === "string") return state;
    const { stacks } = this.#limits;
    if (state.head.rowCount < stacks) return admitted;
    const { profile, cut } = withinLimits(admitted.profile, { ...this.#limits, samples: Math.ceil(stacks / 100) });
    const known = `${state.head.service} has ${stacks} different stacks already`;
    return { ...admitted, profile, cut: [...admitted.cut, ...cut.map((reason) => `${known}: ${reason}`)] };
  }

  /** The service that labels belong to; or why there may be no more services, or sets of labels. */
  #stateFor(tenant: string, labels: Labels): ServiceState | string {
    const service = labels.get(SERVICE_LABEL)!;
    if (!this.#services.has(serviceKey(tenant, service)) && this.#services.size >= this.#limits.services) {
      return `there are ${this.#limits.services} services already`;
    }
    const state = this.#state(tenant, service);
    const key = labelsKey(labels);
    if (!state.series.has(key) && state.series.size >= this.#limits.series) {
      return `${service} has ${this.#limits.series} sets of labels already`;
    }
    state.series.add(key);
    return state;
  }

  #state(tenant: string, service: string): ServiceState {
    const key = serviceKey(tenant, service);
    let state = this.#services.get(key);
    if (state === undefined) {
      state = new ServiceState(tenant, service);
      this.#services.set(key, state);
    }
    return state;
  }

  /** Resolves when a record is on the disk and has been taken: with all others that wait for the disk just now. */
  #write(record: LogRecord, take: (file: number) => Promise<void>): Promise<void> {
    const bytes = encodeRecord(record);
    this.#waiting.push({ bytes, take });
    this.#waitingBytes += bytes.length;
    if (this.#waiting.length === 1) this.#batch = this.#run(() => this.#flush());
    return this.#batch;
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#log.append(waiting.map(({ bytes }) => bytes));
    for (const { take } of waiting) await take(this.#log.number);
  }

  async #take(arrival: Arrival, admitted: Admitted, sequence: number, file: number): Promise<void> {
    const { tenant, receivedMillis, profile, scrapeMillis = 0, countersSince } = arrival;
    const state = this.#state(tenant, admitted.labels.get(SERVICE_LABEL)!);
    await this.#beginWindow(state, receivedMillis, file);
    const isCumulative = cumulativeColumns(admitted.name, admitted.profile, countersSince);
    state.head.add({ ...admitted, receivedMillis, sequence, bytes: profile.length, scrapeMillis, isCumulative });
  }

  async #takeFailure(failure: Failure, sequence: number, file: number): Promise<void> {
    const state = this.#state(failure.tenant, failure.labels.get(SERVICE_LABEL)!);
    await this.#beginWindow(state, failure.receivedMillis, file);
    state.head.fail(failure, sequence);
  }

  /** Writes what is in memory where the next profile is of another window. */
  async #beginWindow(state: ServiceState, millis: number, file: number): Promise<void> {
    const window = windowOf(state.head.service, millis);
    const isFull = state.head.bytes > MOST_HEAD_BYTES;
    if (!state.head.isEmpty && (window !== state.window || isFull)) {
      await this.#try(state, () => seal(state, this.#folder));
      this.#forget();
    }
    state.window = window;
    state.firstLog = Math.min(state.firstLog, file);
  }

  /** Removes files of the log of which all is in segments. */
  #forget(): void {
    const firsts = Array.from(this.#services.values(), ({ firstLog }) => firstLog);
    this.#log.removeBefore(firsts.reduce((a, b) => Math.min(a, b), this.#log.number));
  }

  /** What fails is told, and stays as it was: profiles are in memory and in the log until they can be written. */
  async #try(state: ServiceState, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : error;
      this.#options.onTrouble?.(`segments of ${state.head.service} could not be written: ${reason}`);
    }
  }

  /** One thing after the other: nothing is added to what is being written. */
  #run(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  #blocks(): Block[] {
    this.#checkOpen();
    return Array.from(this.#services.values(), ({ blocks }) => blocks).flat();
  }

  #withDamage<T extends { readonly missing: readonly string[] }>(answer: T): T {
    return this.#damaged.length === 0 ? answer : { ...answer, missing: [...answer.missing, ...this.#damaged] };
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new FleetError("the store is closed");
  }
}

function serviceKey(tenant: string, service: string): string {
  return JSON.stringify([tenant, service]);
}

/** Waits for all, and then rejects where one has. */
async function allOf(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) if (result.status === "rejected") throw result.reason;
}
