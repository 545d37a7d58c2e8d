// What runs inside the profiled program. These functions are sent there as their source text, so they may use nothing of
// this file, only globals.

/**
 * A frame as the program itself tells it: function, script, line and column (from 1), and where the function begins
 * (from 1; 0 where V8 does not say).
 */
export type SiteFrame = readonly [
  name: string,
  url: string,
  line: number,
  column: number,
  beginLine: number,
  beginColumn: number,
];

/** Labels of the code that runs, such as `{ route: "/checkout" }`. */
export type Labels = Readonly<Record<string, string>>;

/**
 * Returns a function that takes V8's structured stack of the code that calls it, without the innermost `skip` frames;
 * `suspended`: only those of async functions that wait.
 */
export function makeStackReader(): (skip: number, limit: number, suspended?: boolean) => SiteFrame[] {
  // biome-ignore lint/suspicious/noExplicitAny: V8's call sites differ between versions of Node.
  type CallSite = any;
  const { captureStackTrace } = Error;
  return function readStack(skip, limit, suspended) {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const holder: { stack?: unknown } = {};
    try {
      Error.stackTraceLimit = limit + skip;
      Error.prepareStackTrace = (_error, sites) => sites;
      captureStackTrace(holder, readStack);
      const sites = holder.stack;
      if (!Array.isArray(sites)) return [];
      const shown = sites.slice(skip).filter((site: CallSite) => !suspended || site.isAsync());
      return shown.map((site: CallSite): SiteFrame => {
        const all = site.isPromiseAll?.() === true;
        return [
          all ? "Promise.all" : (site.getFunctionName() ?? ""),
          site.getScriptNameOrSourceURL() ?? site.getFileName() ?? "",
          site.getLineNumber() ?? 0,
          site.getColumnNumber() ?? 0,
          site.getEnclosingLineNumber?.() ?? 0,
          site.getEnclosingColumnNumber?.() ?? 0,
        ];
      });
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
      else Error.prepareStackTrace = prepareStackTrace;
    }
  };
}

/** The running code's stack and labels. */
export interface Site {
  readonly frames: readonly SiteFrame[];
  readonly labels: Labels | undefined;
}

/** Reads the running code's stack and labels. */
export function readSite(makeReader: typeof makeStackReader, registryName: string): Site {
  const store = globalThis as unknown as Record<symbol, { currentLabels(): Labels | undefined } | undefined>;
  const labels = store[Symbol.for(registryName)]?.currentLabels();
  return { frames: makeReader()(2, 64), labels };
}

/** Puts a sampler under this symbol: `sample` counts the running code's stack, `finish` returns the counts and removes it. */
export function installSampler(
  key: symbol,
  makeReader: typeof makeStackReader,
  read: typeof readSite,
  registryName: string,
): void {
  const store = globalThis as unknown as Record<symbol, unknown>;
  const rows = new Map<string, Site & { count: number; nanos: number }>();
  let last = process.hrtime.bigint();
  store[key] = {
    sample(): void {
      const now = process.hrtime.bigint();
      const site = read(makeReader, registryName);
      // Without a frame, the thread waits for its event loop.
      if (site.frames.length > 0) {
        const text = JSON.stringify(site);
        const row = rows.get(text) ?? { ...site, count: 0, nanos: 0 };
        row.count++;
        row.nanos += Number(now - last);
        rows.set(text, row);
      }
      last = now;
    },
    finish(): object[] {
      Reflect.deleteProperty(store, key);
      return [...rows.values()];
    },
  };
}
