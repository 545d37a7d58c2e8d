import { existsSync, statSync } from "node:fs";
import { ReportError } from "@pprof-ts/report";
import { messageOf } from "./error.ts";
import type { Environment } from "./host/environment.ts";
import { exactWords } from "./host/file/file-name.ts";
import { TemporaryFiles } from "./host/file/temp-file.ts";
import { ClosedOutput, standardUi, type Ui } from "./host/terminal/ui.ts";
import { isBinary } from "./input/binary.ts";
import { FoundTrace } from "./input/found-trace.ts";
import { gatherAhead } from "./input/gather.ts";
import { lazyBinaries } from "./native/frame/lazy-binaries.ts";
import { generate } from "./print/generate.ts";
import type { Session } from "./session.ts";
import { FLAGS } from "./words/flag-table.ts";
import { nearest } from "./words/nearest.ts";
import { PASSED_ON } from "./words/passed-on.ts";
import { parseArguments, type Request } from "./words/request.ts";
import { withoutCredentials } from "./words/source-url.ts";
import type { SubcommandName } from "./words/subcommands.ts";

/** Does what a subcommand is for and returns the exit status. */
type Subcommand = (words: readonly string[], ui: Ui, env: Environment) => Promise<number>;

/** What SUBCOMMANDS names; the code of each is loaded when it is asked for. */
const RUN: Readonly<Record<SubcommandName, Subcommand>> = {
  diff: async (words, ui, env) => (await import("./diff/diff.ts")).diff(words, ui, env),
  ci: async (words, ui, env) => (await import("./ci/ci.ts")).ci(words, ui, env),
  ps: async (words, ui, env) => (await import("./ps/ps.ts")).ps(words, ui, env),
  run: async (words, ui, env) => (await import("./run/run.ts")).run(words, ui, env, main),
  test: async (words, ui, env) => (await import("./run/run.ts")).test(words, ui, env, main),
  trace: async (words, ui, env) => (await import("./trace/trace.ts")).trace(words, ui, env),
  collect: async (words, ui, env) => (await import("./collect/collect.ts")).collect(words, ui, env),
  fleet: async (words, ui, env) => (await import("./fleet/fleet.ts")).fleet(words, ui, env),
  mcp: async (words, ui, env) => (await import("./mcp/mcp.ts")).mcp(words, ui, env),
  help: async (words) => (await import("./help/print.ts")).printHelp(words),
  completion: async (words) => (await import("./complete/completion.ts")).completion(words),
  man: async () => (await import("./help/print.ts")).printManPage(),
};

/** What completion scripts ask, and nobody else. */
const COMPLETE = "__complete";

/** Runs the tool with these words of the command line and returns its exit status: 2 for what cannot be done. */
export async function main(given: readonly string[]): Promise<number> {
  const { env } = process;
  const isPassedOn = given[0] === PASSED_ON;
  const words = exactWords(isPassedOn ? given.slice(1) : given);
  const ui = standardUi(env, isPassedOn);
  const temporary = new TemporaryFiles();
  try {
    const subcommand = findSubcommand(words[0]);
    if (subcommand !== undefined) return await subcommand(words.slice(1), ui, env);
    const request = parseArguments(words, env, isBinary);
    if (!("sources" in request)) return await explain(request, ui);
    // What other users of the machine see of the command line is then that name alone.
    if (holdsSecrets(request)) process.title = "pprof";
    for (const warning of request.warnings) ui.warn(warning);
    const binaries = lazyBinaries(request.tools);
    await run(request, {
      ui,
      env,
      temporary,
      binaries,
      full: request.full,
      interactive: request.command === undefined,
    });
    return 0;
  } catch (error) {
    if (error instanceof ClosedOutput) return 0;
    // What is wrong with a report may name what the profile holds.
    const message = error instanceof ReportError ? ui.quoted(error.message) : messageOf(error);
    ui.print(`pprof: ${env.PPROF_DEBUG && error instanceof Error ? error.stack : message}`);
    return 2;
  } finally {
    temporary.remove();
  }
}

function holdsSecrets({ sent, sources, bases }: Request): boolean {
  const isAddress = (source: string): boolean => withoutCredentials(source) !== source;
  return sent.bearer !== "" || sent.headers.length > 0 || [...sources, ...bases].some(isAddress);
}

/** What the first word of the command line asks for, if it is none of a report's. */
function findSubcommand(name = ""): Subcommand | undefined {
  if (name === COMPLETE) return async (words) => (await import("./complete/names.ts")).names(words);
  // A file of that name is a profile, as it is for the reference tool; folders named test and ci are in many places.
  if (!Object.hasOwn(RUN, name) || (existsSync(name) && !statSync(name).isDirectory())) return undefined;
  return RUN[name as SubcommandName];
}

async function run(request: Request, session: Session): Promise<void> {
  const ahead = await gatherAhead(request, session).catch((error: unknown) => {
    if (error instanceof FoundTrace && (request.http !== "" || request.html !== "")) return error;
    throw error;
  });
  if (ahead instanceof FoundTrace) {
    const { serveTracePages, writeTracePage } = await import("./pages/trace-pages.ts");
    if (request.http !== "") await serveTracePages(ahead.bytes, request, session);
    else writeTracePage(ahead.bytes, request, session);
    return;
  }
  if (request.http !== "") {
    const { servePages } = await import("./pages/pages.ts");
    return await servePages(ahead, request, session);
  }
  const profile = await ahead.named();
  const { command, argument, options, form } = request;
  if (request.html !== "") {
    const { writePage } = await import("./pages/pages.ts");
    writePage(profile, request, session);
  } else if (command !== undefined) await generate(profile, { command, argument, options, form }, session);
  else {
    const { Shell } = await import("./shell/shell.ts");
    await new Shell(profile, options, session).run();
  }
}

async function explain(problem: Exclude<ReturnType<typeof parseArguments>, Request>, ui: Ui): Promise<number> {
  const { shortUsage, usage } = await import("./help/usage.ts");
  if ("help" in problem) {
    ui.print(usage());
    return 0;
  }
  ui.print(problem.problem);
  const meant = nearest(
    problem.unknown ?? "",
    FLAGS.map(({ name }) => name),
  );
  if (meant !== undefined) ui.print(`did you mean -${meant}?`);
  ui.print(shortUsage);
  return 2;
}
