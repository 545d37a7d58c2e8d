import { statSync } from "node:fs";
import { DIFF_FLAGS } from "../diff/tell-diff.ts";
import { ToolError } from "../error.ts";
import { topicHelp } from "../help/topic.ts";
import type { Environment } from "../host/environment.ts";
import { fileName } from "../host/file/file-name.ts";
import { TemporaryFiles } from "../host/file/temp-file.ts";
import type { Ui } from "../host/terminal/ui.ts";
import { lazyBinaries } from "../native/frame/lazy-binaries.ts";
import type { Session } from "../session.ts";
import { nearest } from "../words/nearest.ts";
import { parseArguments, type Request } from "../words/request.ts";
import { type AskedFleet, type Fleet, openCollector } from "./ask.ts";
import { check } from "./check.ts";
import { diffFleet } from "./diff-fleet.ts";
import { exportFleet } from "./export.ts";
import { FLEET_FLAGS } from "./flags.ts";
import { openFolder } from "./folder.ts";
import { query, top } from "./query.ts";
import { printLabels, printServices, printTargets } from "./tables.ts";

/** What is done with a fleet, by the word that stands behind `fleet`; the exit status. */
const VERBS: Readonly<Record<string, (asked: AskedFleet) => Promise<number>>> = {
  query,
  top,
  diff: diffFleet,
  labels: printLabels,
  services: printServices,
  targets: printTargets,
  export: exportFleet,
  check,
};

/** Asks a collector, or a store in a folder, about the profiles that it keeps. */
export async function fleet(words: readonly string[], ui: Ui, env: Environment): Promise<number> {
  const [verb = "", ...rest] = words;
  const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  const isHelp = /^--?h(elp)?$/.test(verb);
  if (run === undefined) {
    if (!isHelp) ui.print(whyNoVerb(verb));
    ui.print(`usage: ${topicHelp("fleet")}`);
    return isHelp ? 0 : 2;
  }
  const parsed = parseArguments(rest, env, () => false, [...FLEET_FLAGS, ...DIFF_FLAGS]);
  if (!("sources" in parsed)) {
    if ("problem" in parsed)
      ui.print(parsed.problem === NO_SOURCE ? `no collector: pprof fleet ${verb} localhost:4040` : parsed.problem);
    ui.print(`usage: ${topicHelp("fleet")}`);
    return "help" in parsed ? 0 : 2;
  }
  if (parsed.http !== "" || parsed.html !== "") {
    throw new ToolError(
      "-http and -html take a query's address: pprof -http=: 'http://localhost:4040/merge.pb.gz?service=api'",
    );
  }
  const temporary = new TemporaryFiles();
  const session = {
    ui: sayingOnce(ui),
    env,
    temporary,
    binaries: lazyBinaries(parsed.tools),
    full: parsed.full,
    interactive: false,
  };
  const opened = await openFleet(parsed, session);
  try {
    return await run({ fleet: opened, request: parsed, session });
  } finally {
    temporary.remove();
    await opened.close();
  }
}

/** Says what is odd about many profiles, which are mostly odd in the same way, once. */
function sayingOnce(ui: Ui): Ui {
  const said = new Set<string>();
  return {
    ...ui,
    warn(text) {
      if (!said.has(text)) ui.warn(text);
      said.add(text);
    },
  };
}

/** What the only source of a command line is. */
async function openFleet(request: Request, session: Session): Promise<Fleet> {
  const { sources } = request;
  if (sources.length > 1)
    throw new ToolError(`one collector is asked, not ${sources.length}: flags stand in front of it`);
  const isFolder = statSync(fileName(sources[0]!), { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? openFolder(request, session) : openCollector(request, session.env);
}

/** What is said of a command line without a source. */
const NO_SOURCE = "no profile source specified";

function whyNoVerb(verb: string): string {
  const verbs = Object.keys(VERBS);
  const meant = nearest(verb, verbs);
  const what = verb === "" ? "fleet does nothing by itself" : `unknown word "${verb}" behind fleet`;
  return `${what}: must be one of ${verbs.join(", ")}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}
