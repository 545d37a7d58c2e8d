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
