import process from "node:process";

const { getBuiltinModule, execArgv, env } = process;
const { moduleLoadList } = process as { readonly moduleLoadList?: readonly string[] };
const includes = Array.prototype.includes;
const { apply } = Reflect;

/** What Node itself was told to profile or cover by an inspector of its own, such as `--cpu-prof`. */
const OWN_CLIENTS = [
  ["--cpu-prof", [...execArgv, ...(env.NODE_OPTIONS ?? "").split(/\s+/)].includes("--cpu-prof")],
  ["NODE_V8_COVERAGE", Boolean(env.NODE_V8_COVERAGE)],
] as const;

/**
 * The other client of the inspector that would be told of each profile which V8's console takes, and would take it as well;
 * undefined: none is known. Of those in the program itself nothing is known: they hear of them, and most do not listen.
 */
export function clientOfConsole(): string | undefined {
  for (const [name, there] of OWN_CLIENTS) if (there) return name;
  return getBuiltinModule("node:inspector").url() === undefined ? undefined : "the inspector's port, which is open";
}

let inspects: boolean | undefined;

/**
 * Whether the program had loaded `node:inspector` when this was first asked, before it is loaded here: it may count what code
 * runs. What loads it later is not known.
 */
export function hasInspector(): boolean {
  inspects ??= moduleLoadList !== undefined && apply(includes, moduleLoadList, ["NativeModule inspector"]);
  return inspects;
}

/**
 * As the process ends: what `NODE_V8_COVERAGE` asks for is written now, for Node does so a little later, when V8 has ended with
 * the agent's session what it counts (`coverage.ts`); returns what is done when it has. It counts anew then, for Node would
 * print that there is nothing, or write that each function ran once: what the program's last listeners run of functions that
 * ran before is counted by calls.
 */
export function writeCoverage(): () => void {
  if (!env.NODE_V8_COVERAGE) return () => {};
  const { takeCoverage } = getBuiltinModule("node:v8");
  const { Session } = getBuiltinModule("node:inspector");
  takeCoverage();
  return () => {
    const session = new Session();
    session.connect();
    session.post("Profiler.enable");
    session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  };
}
