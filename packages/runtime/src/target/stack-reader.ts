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

// biome-ignore lint/suspicious/noExplicitAny: V8's call sites differ between versions of Node.
type CallSite = any;

/** Takes the stack of the code that calls it, without the innermost `skip` frames. */
export interface StackReader {
  (skip: number, limit: number): SiteFrame[];
  /** Whether it goes on to the async functions that wait for what runs. */
  readonly walks: boolean;
  /** V8's own call sites, two functions of the reader first; undefined where the program lets nobody have them. */
  sites(limit: number): CallSite[] | undefined;
}

/**
 * Returns a function that takes V8's structured stack of the code that calls it.
 *
 * V8 tells it by way of two properties of `Error`. They are put there as they are to be, and put back as they were found, so
 * that no getter or setter of the program's runs. Where the program has made them unchangeable, there is the text that V8
 * makes of the stack.
 *
 * Before V8 12 a stack has no async functions that wait for what runs: V8 11.3, of Node 20, may end the process as it looks for
 * them (`async-stacks.ts`), so it is told not to, for this one stack. That takes 7 to 20 µs. Code that V8 has cached stays valid,
 * for the flag is then what it was; another thread's errors that are made in just these microseconds have no such functions either.
 */
export function makeStackReader(): StackReader {
  const OwnError = Error;
  const { getOwnPropertyDescriptor, defineProperty, deleteProperty } = Reflect;
  const structured = (_error: Error, sites: CallSite[]): CallSite[] => sites;
  // Without a prototype, which the program may have put a `get` into.
  const bare = (fields: PropertyDescriptor): PropertyDescriptor =>
    ({ __proto__: null, ...fields }) as PropertyDescriptor;
  const found = (key: string): PropertyDescriptor | undefined => {
    const descriptor = getOwnPropertyDescriptor(OwnError, key);
    return descriptor === undefined ? undefined : bare(descriptor);
  };
  const put = (key: string, before: PropertyDescriptor | undefined, value: unknown): boolean =>
    defineProperty(
      OwnError,
      key,
      bare(before !== undefined && "value" in before ? { value } : { value, writable: true, configurable: true }),
    );
  const putBack = (key: string, before: PropertyDescriptor | undefined): void => {
    if (before === undefined) deleteProperty(OwnError, key);
    else defineProperty(OwnError, key, before);
  };
  const { versions, execArgv, getBuiltinModule } = process;
  // Of a program that has this turned off itself, it stays off.
  const walks = Number.parseInt(versions.v8, 10) >= 12;
  const isOff = walks || execArgv.some((flag) => /^--no-?async[-_]stack/.test(flag));
  const setFlag = isOff ? (): void => {} : getBuiltinModule("node:v8").setFlagsFromString;
  const stackOf = (limit: number, below: number): unknown => {
    const prepare = found("prepareStackTrace");
    const most = found("stackTraceLimit");
    let [prepares, limits] = [false, false];
    try {
      prepares = put("prepareStackTrace", prepare, structured);
      limits = put("stackTraceLimit", most, limit + below);
      setFlag("--no-async-stack-traces");
      return new OwnError("").stack;
    } finally {
      setFlag("--async-stack-traces");
      if (limits) putBack("stackTraceLimit", most);
      if (prepares) putBack("prepareStackTrace", prepare);
    }
  };
  const frameOf = (site: CallSite): SiteFrame => [
    site.isPromiseAll?.() === true ? "Promise.all" : (site.getFunctionName() ?? ""),
    site.getScriptNameOrSourceURL() || site.getFileName() || "",
    site.getLineNumber() ?? 0,
    site.getColumnNumber() ?? 0,
    site.getEnclosingLineNumber?.() ?? 0,
    site.getEnclosingColumnNumber?.() ?? 0,
  ];
  /** A line of V8's text, such as `    at async new Shop (file:///shop.js:3:9)`. */
  const frameOfLine = (line: string): SiteFrame => {
    const parts = /^ +at (?:async )?(?:(.*?) (?:\[as .*\] )?\()?(.*?)(?::(\d+):(\d+))?\)?$/.exec(line);
    const [, name = "", place = "", row = "0", column = "0"] = parts ?? [];
    const native = place === "native" || place === "<anonymous>" || /^index \d+$/.test(place);
    return [name, native ? "" : place, +row, +column, 0, 0];
  };
  const readStack = (skip: number, limit: number): SiteFrame[] => {
    const frames: SiteFrame[] = [];
    try {
      // This function and the one that it calls stand above.
      const above = skip + 2;
      const stack = stackOf(limit, above);
      if (typeof stack === "string") {
        const lines = stack.split("\n    at ");
        for (let i = above + 1; i < lines.length && frames.length < limit; i++) {
          frames.push(frameOfLine(`    at ${lines[i]}`));
        }
      } else if (Array.isArray(stack)) {
        for (let i = above; i < stack.length; i++) frames.push(frameOf(stack[i]));
      }
    } catch {
      // A program's own way to show stacks has failed, or the stack is full: the program is not to notice.
    }
    return frames;
  };
  const sites = (limit: number): CallSite[] | undefined => {
    const stack = stackOf(limit, 0);
    return typeof stack === "object" && Array.isArray(stack) ? stack : undefined;
  };
  return Object.assign(readStack, { walks, sites });
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
