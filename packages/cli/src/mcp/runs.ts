import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import { PASSED_ON } from "../words/passed-on.ts";
import { type Cut, cutText, Excerpt } from "./excerpt.ts";

/** What is kept of what a run says on standard error. */
const LONGEST_SAID = 4096;
/** A report that takes longer waits for something that does not come, or is of more than anybody reads. */
const REPORT_MILLIS = 120_000;
/** So many may record at a time; they wait, and compute little. */
const MOST_LIVE = 16;

/** What a run of the tool printed. */
export interface Ran {
  readonly cut: Cut;
  /** What it said on standard error. */
  readonly said: string;
}

export interface RunOptions {
  /** The first line that is wanted, and how many bytes of lines. */
  readonly first: number;
  readonly bytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the tool itself for each question: what it prints is what a user sees, a profile that takes all of the memory ends
 * that run alone, and what nobody waits for any more can be ended. So many run at once as there are processors.
 */
export class Runs {
  readonly #env: Environment;
  readonly #reports = new Turns(Math.max(2, Math.min(8, availableParallelism())));
  readonly #live = new Turns(MOST_LIVE);
  /** The same question asked again meanwhile is answered once. */
  readonly #asked = new Map<string, Asked>();

  constructor(env: Environment) {
    this.#env = env;
  }

  /** A report on files, which says the same each time. */
  async report(words: readonly string[], options: RunOptions): Promise<Ran> {
    const key = JSON.stringify([words, options.first, options.bytes]);
    const known = this.#asked.get(key);
    const asked = known ?? { waiting: 0, end: new AbortController(), ran: undefined };
    if (known === undefined) {
      this.#asked.set(key, asked);
      asked.ran = this.#reports
        .take(() => this.#run(words, { ...options, signal: asked.end.signal }, REPORT_MILLIS))
        .finally(() => {
          if (this.#asked.get(key) === asked) this.#asked.delete(key);
        });
      asked.ran.catch(() => {});
    }
    asked.waiting++;
    try {
      return await untilAborted(asked.ran!, options.signal);
    } finally {
      if (--asked.waiting === 0) {
        if (this.#asked.get(key) === asked) this.#asked.delete(key);
        asked.end.abort();
      }
    }
  }

  /** What programs that run are asked for: it takes as long as they record. */
  live(words: readonly string[], options: RunOptions): Promise<Ran> {
    return this.#live.take(() => this.#run(words, options, undefined));
  }

  async #run(words: readonly string[], { first, bytes, signal }: RunOptions, millis: number | undefined): Promise<Ran> {
    if (signal?.aborted) throw new ToolError("nobody waits for the answer any more");
    const excerpt = new Excerpt(first, bytes);
    const child = spawn(process.execPath, [process.argv[1]!, PASSED_ON, ...words], {
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    const end = (): void => void child.kill("SIGKILL");
    let isLate = false;
    const timer =
      millis === undefined
        ? undefined
        : setTimeout(() => {
            isLate = true;
            end();
          }, millis);
    signal?.addEventListener("abort", end);
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => excerpt.push(piece));
    child.stderr.setEncoding("utf8").on("data", (piece: string) => {
      if (said.length < LONGEST_SAID) said = cutText(said + piece, LONGEST_SAID);
    });
    try {
      const status = await ended(child);
      if (isLate) throw new ToolError(`no answer after ${millis! / 1000} s: focus on a part of the profile`);
      if (status === 0) return { cut: excerpt.finish(), said };
      throw new ToolError(whyFailed(said, status));
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    }
  }
}

/** A question that runs, how many wait for its answer, and what ends it when nobody does. */
interface Asked {
  waiting: number;
  readonly end: AbortController;
  ran: Promise<Ran> | undefined;
}

/** Lets so many work at a time, in the order in which they came. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

function ended(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (status, signal) => resolve(status ?? signal));
  });
}

function untilAborted(ran: Promise<Ran>, signal: AbortSignal | undefined): Promise<Ran> {
  if (signal === undefined) return ran;
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new ToolError("nobody waits for the answer any more"));
    if (signal.aborted) gone();
    signal.addEventListener("abort", gone);
    ran.then(resolve, reject).finally(() => signal.removeEventListener("abort", gone));
  });
}

/** What a run that failed said last, without what stands in front of it in a terminal. */
function whyFailed(said: string, status: number | string | null): string {
  const at = said.search(/^pprof: /m);
  const why = (at < 0 ? said : said.slice(at + "pprof: ".length)).trim();
  if (typeof status !== "number")
    return `the report was ended by ${status}: ${why || "it may have had too little memory"}`;
  return why === "" ? `the tool ended with status ${status}, and said nothing` : why;
}
