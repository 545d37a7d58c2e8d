// Hot: runs inside the profiled program for each sample, 100 to 1,000 times a second: 31 µs for a stack of 18 frames on Node 26,
// 95 µs when each asked for the lines and was counted by its text. Sent there as text, so it may use nothing of this file.
import type { Labels, SiteFrame } from "./target.ts";

/** What the sampler found since it was last asked. */
export interface TakenSites {
  /** Those that were not told before; they are numbered in the order in which they come. */
  readonly frames: readonly SiteFrame[];
  readonly labels: readonly (readonly [key: string, value: string][])[];
  /** For each sample: the nanoseconds it stands for, which of `labels` it has (-1: none), how many frames, and the number of each. */
  readonly samples: readonly number[];
}

/**
 * Puts a sampler under this symbol: `sample` notes the running code's stack and labels, `take` returns what was noted as the
 * text of `TakenSites`, and `finish` does so and removes it.
 *
 * A call site is told from others by its script, position and function, which V8 says quicker than its line; all that is to
 * be known of it is asked for once. Equal stacks are not looked for here, but where that does not stop the program.
 */
export function installSampler(key: symbol, registryName: string): void {
  // biome-ignore lint/suspicious/noExplicitAny: V8's call sites differ between versions of Node.
  type CallSite = any;
  interface Known {
    readonly name: string | null;
    readonly number: number;
    readonly next: Known | undefined;
  }
  const store = globalThis as unknown as Record<symbol, { currentLabels?(): Labels | undefined } | undefined>;
  const { captureStackTrace } = Error;
  const now = process.hrtime.bigint;
  const structured = (_error: Error, sites: CallSite[]): CallSite[] => sites;
  /** As deep as other stacks, and the expression that calls `sample`. */
  const depth = 64 + 1;
  /** A program that makes its scripts as it runs may have call sites without end: after so many all are forgotten. */
  const mostFrames = 20_000;

  const known = new Map<string, Map<number, Known>>();
  let forgotten = 0;
  let told = 0;
  let frames: SiteFrame[] = [];
  const labels = new Map<Labels, number>();
  let samples: number[] = [];
  let last = now();

  const numberOf = (site: CallSite): number => {
    const name: string | null = site.getFunctionName();
    const url: string = site.getScriptNameOrSourceURL() || "";
    // What has no script is told by its name: a native function, or `Promise.all` with the index of the promise.
    const place = url === "" ? `${name}` : url;
    const position: number = url === "" ? 0 : site.getPosition();
    let inPlace = known.get(place);
    if (inPlace === undefined) {
      inPlace = new Map();
      known.set(place, inPlace);
    }
    const first = inPlace.get(position);
    for (let one = first; one !== undefined; one = one.next) if (one.name === name) return one.number;
    const number = told + frames.length;
    frames.push([
      site.isPromiseAll?.() === true ? "Promise.all" : (name ?? ""),
      url || (site.getFileName() ?? ""),
      site.getLineNumber() ?? 0,
      site.getColumnNumber() ?? 0,
      site.getEnclosingLineNumber?.() ?? 0,
      site.getEnclosingColumnNumber?.() ?? 0,
    ]);
    inPlace.set(position, { name, number, next: first });
    return number;
  };

  const take = (): string => {
    const own = [...labels.keys()].map((one) =>
      Object.entries(one).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const taken: TakenSites = { frames, labels: own, samples };
    told += frames.length;
    frames = [];
    labels.clear();
    samples = [];
    if (told - forgotten > mostFrames) {
      known.clear();
      forgotten = told;
    }
    return JSON.stringify(taken);
  };

  const sampler = {
    sample(): void {
      const { prepareStackTrace, stackTraceLimit } = Error;
      const time = now();
      const nanos = Number(time - last);
      last = time;
      const holder: { stack?: unknown } = {};
      try {
        Error.stackTraceLimit = depth;
        Error.prepareStackTrace = structured;
        captureStackTrace(holder, sampler.sample);
        const sites = holder.stack as CallSite[];
        // The first is the expression that called; where it is the only one, the thread waits for its event loop.
        if (!Array.isArray(sites) || sites.length < 2) return;
        const own = store[Symbol.for(registryName)]?.currentLabels?.();
        let labelled = -1;
        if (own !== undefined) {
          labelled = labels.get(own) ?? labels.size;
          if (labelled === labels.size) labels.set(own, labelled);
        }
        samples.push(nanos, labelled, sites.length - 1);
        for (let i = 1; i < sites.length; i++) samples.push(numberOf(sites[i]));
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
        if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
        else Error.prepareStackTrace = prepareStackTrace;
      }
    },
    take,
    finish(): string {
      Reflect.deleteProperty(store, key);
      return take();
    },
  };
  (store as Record<symbol, unknown>)[key] = sampler;
}
