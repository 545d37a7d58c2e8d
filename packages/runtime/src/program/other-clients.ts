import process from "node:process";

const { getBuiltinModule, execArgv, env } = process;

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
