// Hot: runs inside the profiled program for each sample, 100 to 1,000 times a second: 31 µs for a stack of 18 frames on Node 26,
// 95 µs when each asked for the lines and was counted by its text; `lines, 100 Hz` of bench/src/overhead-modes.ts measures what it costs
// a service. Sent there as text, so it may use nothing of this file.
import type { makeSiteTable } from "./site-table.ts";
import type { Labels, makeStackReader, SiteFrame } from "./stack-reader.ts";

/** What the sampler found since it was last asked. */
export interface TakenSites {
  /** Those that were not told before; they are numbered in the order in which they come. */
  readonly frames: readonly SiteFrame[];
  readonly labels: readonly (readonly [key: string, value: string][])[];
  /** For each sample: the nanoseconds it stands for, which of `labels` it has (-1: none), how many frames, and the number of each. */
  readonly samples: readonly number[];
}

/**
 * Makes a sampler: `sample` notes the running code's stack and labels, and `take` returns what was noted as the text of
 * `TakenSites`. Equal stacks are not looked for here, but where that does not stop the program.
 */
export function installSampler(
  registryName: string,
  makeReader: typeof makeStackReader,
  makeTable: typeof makeSiteTable,
): object {
  const store = globalThis as unknown as Record<symbol, { currentLabels?(): Labels | undefined } | undefined>;
  const now = process.hrtime.bigint;
  const read = makeReader();
  /** What calls `sample`, below that and the two functions of the reader. */
  const caller = 3;
  /** As deep as other stacks, and those four. */
  const depth = 64 + caller + 1;

  const table = makeTable();
  const labels = new Map<Labels, number>();
  let samples: number[] = [];
  let last = now();

  const take = (): TakenSites => {
    const own = [...labels.keys()].map((one) =>
      Object.entries(one).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const taken: TakenSites = { frames: table.take(), labels: own, samples };
    labels.clear();
    samples = [];
    return taken;
  };

  return {
    sample(): void {
      const time = now();
      const nanos = Number(time - last);
      last = time;
      const sites = read.sites(depth);
      const numbers: number[] = [];
      // Where the caller is the last one, the thread waits for its event loop.
      if (sites === undefined) for (const frame of read(2, 64)) numbers.push(table.numberOfText(frame));
      else for (let i = caller + 1; i < sites.length; i++) numbers.push(table.numberOf(sites[i]));
      if (numbers.length === 0) return;
      const own = store[Symbol.for(registryName)]?.currentLabels?.();
      let labelled = -1;
      if (own !== undefined) {
        labelled = labels.get(own) ?? labels.size;
        if (labelled === labels.size) labels.set(own, labelled);
      }
      samples.push(nanos, labelled, numbers.length, ...numbers);
    },
    take,
  };
}
