import type { LabelledRow } from "./recorded.ts";
import { REGISTRY } from "./registry.ts";
import type { Session } from "./session.ts";
import { installSampler, makeStackReader, readSite } from "./target.ts";

/** Samples the main thread with the line of every frame. */
export interface LineSampler {
  /** What a reader of its profiles has to know. */
  readonly comments: readonly string[];
  /** Rejects where it cannot sample now. */
  start(rate: number): Promise<void>;
  stop(): Promise<readonly LabelledRow[]>;
}

const SAMPLER = "@pprof-ts/runtime/sampler";
const key = `Symbol.for(${JSON.stringify(SAMPLER)})`;

/**
 * Samples the main thread by interrupting it to read its own stack: with the line of every frame and the labels of the
 * code, which V8's profiler has not. Costs 2.5 to 4 % at 100 Hz, and sees neither garbage collection nor native code.
 */
export class SiteSampler implements LineSampler {
  readonly comments: readonly string[];
  readonly #session: Session;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;

  /** `comments`: why it is this one. */
  constructor(session: Session, comments: readonly string[]) {
    this.#session = session;
    this.comments = [
      "the main thread was sampled at its call sites: no garbage collection, no native frames",
      ...comments,
    ];
  }

  async start(rate: number): Promise<void> {
    const install = `(${installSampler})(${key}, ${makeStackReader}, ${readSite}, ${JSON.stringify(REGISTRY)})`;
    await this.#session.post("Runtime.evaluate", { expression: install, silent: true });
    this.#timer = setInterval(() => {
      // A thread that has not answered yet is in native code; the time until it does is that of the stack it then has.
      if (this.#asking) return;
      this.#asking = true;
      this.#session
        .post("Runtime.evaluate", { expression: `globalThis[${key}]?.sample()`, silent: true })
        .catch(() => {})
        .finally(() => {
          this.#asking = false;
        });
    }, 1000 / rate);
  }

  async stop(): Promise<readonly LabelledRow[]> {
    clearInterval(this.#timer);
    const { result } = await this.#session.post<{ result: { value?: LabelledRow[] } }>("Runtime.evaluate", {
      expression: `globalThis[${key}]?.finish()`,
      returnByValue: true,
      silent: true,
    });
    return result.value ?? [];
  }
}
