import type { Program } from "../../exchange/program.ts";
import type { StackRow } from "../../exchange/stack-counts.ts";
import { MAX_SECONDS } from "../../http/call.ts";
import { AtomicsContention } from "../block/atomics-contention.ts";
import { BlockProfiler } from "../block/block-profiler.ts";
import { Sharing } from "../budget/sharing.ts";
import { StallBudget } from "../budget/stall-budget.ts";
import { Addresses } from "../code/code-addresses.ts";
import type { Surroundings } from "../code/frames.ts";
import { readCounts, readRows } from "../code/recorded-rows.ts";
import { RunningScripts } from "../code/running.ts";
import { Scripts } from "../code/scripts.ts";
import { CpuProfiler } from "../cpu/cpu-profiler.ts";
import { findDatadog } from "../cpu/datadog-sampler.ts";
import type { ConsoleProfiles } from "../cpu/thread-profiler.ts";
import { HeapProfiler } from "../heap/heap-profiler.ts";
import { Coverage } from "../inspector/coverage.ts";
import { MainThreadSession, type Session, type Stand } from "../inspector/session.ts";
import { Threads } from "../inspector/threads.ts";
import { type RecordInto, Tracer } from "../trace/tracer.ts";
import { Snapshots } from "./snapshots.ts";

/** Everything that holds the inspector's session of a process, once there is one. */
export interface Inspected {
  readonly threads: Threads;
  readonly cpu: CpuProfiler;
  readonly heap: HeapProfiler;
  readonly block: BlockProfiler;
}

export interface ProfilersOptions {
  readonly program: Program;
  /** Whether the thread of this title is the profiler's own, which is not profiled. */
  isOwn(title: string): boolean;
  /** What the program lacks to use the inspector; "": nothing. */
  readonly inspectorLacks: string;
  /** Hears that V8 ends what it counts for others as the inspector's session of the main thread ends. */
  endsCoverage(): void;
  readonly stand: Stand;
  /** Whether the program has labelled its work. */
  isLabelled(): boolean;
  /** Bytes between two heap samples; 0: none are taken. */
  readonly memRate: number;
  /** Asks the main thread for the rows of a recorded profile, or, undefined, for the counts of all. */
  askMain(rowsOf: string | undefined): Promise<unknown>;
  /** Has the main thread begin and end profiles by its console. */
  readonly console: ConsoleProfiles;
  /** Has the main thread note what it does in this ring, or, null, end that. */
  readonly record: RecordInto;
}

/** The profilers of this process. The inspector is connected when the first of them is asked for. */
export class Profilers {
  readonly surroundings: Surroundings;
  /** Profiles of past moments. */
  readonly snapshots: Snapshots = new Snapshots();
  readonly atomics: AtomicsContention = new AtomicsContention();
  readonly budget: StallBudget = new StallBudget();
  readonly coverage: Coverage;
  readonly sharing: Sharing = new Sharing();
  readonly tracer: Tracer;
  readonly #options: ProfilersOptions;
  /** The longest time in seconds that a request may ask for. */
  maxSeconds: number = MAX_SECONDS;
  readonly #ending = new AbortController();
  #session: MainThreadSession | undefined;
  #inspected: Promise<Inspected> | undefined;

  constructor(options: ProfilersOptions) {
    this.#options = options;
    const { program, isLabelled } = options;
    const scripts = new Scripts();
    this.coverage = new Coverage(program, process.env);
    const running = new RunningScripts(scripts, program, this.budget, this.coverage);
    const { ending } = this;
    this.surroundings = { scripts, running, addresses: new Addresses(), program, isLabelled, ending };
    this.tracer = new Tracer(async () => (await this.inspect()).cpu, options.record, ending);
  }

  /** Aborts when the program is about to end. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Connects; a connection that failed is tried again the next time. */
  inspect(): Promise<Inspected> {
    this.#inspected ??= this.#connect().catch((error: unknown) => {
      this.#inspected = undefined;
      throw error;
    });
    return this.#inspected;
  }

  /** What the program records itself under this name; undefined where there is no such profile. */
  async rows(name: string): Promise<readonly StackRow[] | undefined> {
    const session = await this.session();
    const rows = session
      ? await readRows(session, name)
      : ((await this.#options.askMain(name)) as readonly StackRow[] | null);
    if (name === "mutex") return [...(rows ?? []), ...this.atomics.rows()];
    return rows ?? undefined;
  }

  /** How many stacks each profile holds that the program records itself. */
  async counts(): Promise<Record<string, number>> {
    const session = await this.session();
    const counts = session
      ? await readCounts(session)
      : ((await this.#options.askMain(undefined)) as Record<string, number>);
    return { ...counts, mutex: (counts.mutex ?? 0) + this.atomics.count };
  }

  /** By the inspector the main thread answers also while it is busy; without one, when its event loop turns. */
  async session(): Promise<Session | undefined> {
    return this.inspect().then(
      ({ threads }) => threads.main.session,
      () => undefined,
    );
  }

  /** Has captures end now, with what they have: the program is about to end. */
  end(): void {
    this.#session?.end();
    this.#ending.abort();
  }

  /** Lets go of the inspector: Node waits at its exit for sessions that are open, and says so on standard error. */
  release(): void {
    this.#session?.disconnect();
    this.#session = undefined;
  }

  async #connect(): Promise<Inspected> {
    const session = await MainThreadSession.connect(
      this.#options.inspectorLacks,
      this.#options.endsCoverage,
      this.#options.stand,
    );
    this.#session = session;
    const threads = new Threads(session, this.#options.isOwn, this.coverage);
    return {
      threads,
      cpu: new CpuProfiler(
        threads,
        this.surroundings,
        findDatadog(this.#options.program.script),
        this.#options.console,
      ),
      heap: new HeapProfiler(threads, this.surroundings, this.budget, this.#options.memRate),
      block: new BlockProfiler(threads.main),
    };
  }
}
