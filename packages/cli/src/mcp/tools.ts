import { DERIVED_NAMES } from "@pprof-ts/profile";
import { ToolError } from "../error.ts";
import { RECORDED } from "./address.ts";
import type { Asker, Desk } from "./desk.ts";
import type { Opened } from "./opened.ts";
import { BUDGET, CUM, flagsOf, OPTION_PARAMETERS, type ParameterRow, type Values } from "./parameter.ts";

/** What an agent may ask for. */
export interface ToolRow {
  readonly name: string;
  readonly help: string;
  readonly parameters: readonly ParameterRow[];
  /** Whether it asks programs that run. */
  readonly isLive?: boolean;
  readonly call: (values: Values, desk: Desk, asker: Asker) => Promise<string>;
}

const text = (values: Values, name: string): string => String(values.get(name) ?? "");

function list(values: Values, name: string): readonly string[] {
  const value = values.get(name) ?? [];
  return Array.isArray(value) ? value : [String(value)];
}

const PROFILE: ParameterRow = {
  name: "profile",
  kind: "string",
  isRequired: true,
  help: "The handle of a profile, such as profile-1, which open, record and trace_profile give",
};

const TRACE: ParameterRow = {
  name: "trace",
  kind: "string",
  isRequired: true,
  help: "The handle of an execution trace, such as trace-1, which open and record give",
};

const FUNCTION: ParameterRow = {
  name: "function",
  kind: "string",
  isRequired: true,
  help: "A regular expression (RE2) for names of functions",
};

const BASE: ParameterRow = {
  name: "diff_base",
  kind: "string",
  help: "The handle of a profile to compare with: its values are subtracted, and percentages are of its total",
};

const ROWS: ParameterRow = {
  name: "nodecount",
  kind: "integer",
  help: "So many rows (default 20; 0 for all)",
  flag: (value) => `-nodecount=${value}`,
};

/** A report on a profile: `flag` says which, by what the tool was asked with. */
function reportTool(
  name: string,
  help: string,
  own: readonly ParameterRow[] = [],
  flag: (values: Values) => string = () => `-${name}`,
): ToolRow {
  const parameters = [PROFILE, ...own, BASE, ...OPTION_PARAMETERS, ...BUDGET];
  return {
    name,
    help,
    parameters,
    call(values, desk, asker) {
      const opened = desk.opened.get(text(values, "profile"), "profile");
      const base = values.has("diff_base") ? desk.opened.get(text(values, "diff_base"), "profile") : undefined;
      if (base !== undefined) onFiles([opened, base]);
      const bases = (base?.files ?? []).map((file) => `-diff_base=${file}`);
      const words = desk.words([flag(values), ...flagsOf(parameters, values), ...bases], opened);
      return desk.report(words, values, asker, base === undefined ? [opened] : [opened, base]);
    },
  };
}

/** A view of a trace. */
function traceTool(name: string, help: string, flag: string, own: readonly ParameterRow[] = [ROWS]): ToolRow {
  const parameters = [TRACE, ...own, ...BUDGET];
  return {
    name,
    help,
    parameters,
    call(values, desk, asker) {
      const opened = desk.opened.get(text(values, "trace"), "trace");
      const views = flag === "" ? [] : [flag];
      return desk.report(["trace", ...views, ...flagsOf(parameters, values), ...opened.files], values, asker, [opened]);
    },
  };
}

/** Profiles that are made of traces are compared by no command line. */
function onFiles(all: readonly Opened[]): void {
  const made = all.find(({ lead }) => lead.length > 0);
  if (made === undefined) return;
  throw new ToolError(
    `${made.handle} is made of a trace, and cannot be compared: save it with pprof trace -pprof=NAME -output=FILE TRACE and open that`,
  );
}

const BOTH_SIDES: readonly ParameterRow[] = ["old", "new"].map((name) => ({
  name,
  kind: "handles",
  isRequired: true,
  help: `The handle of the ${name} profile, or a list of handles: repeats, which make the comparison surer`,
}));

const diffParameters: readonly ParameterRow[] = [...BOTH_SIDES, ...OPTION_PARAMETERS, ...BUDGET];

const diff: ToolRow = {
  name: "diff",
  help: "Compares two profiles by function: what became slower or faster, in points of the total, and how sure that is. Profiles of different lengths may be compared.",
  parameters: diffParameters,
  call(values, desk, asker) {
    const side = (name: string): Opened[] => list(values, name).map((handle) => desk.opened.get(handle, "profile"));
    const [before, after] = [side("old"), side("new")];
    onFiles([...before, ...after]);
    const files = (all: readonly Opened[]): readonly string[] => all.flatMap((one) => one.files);
    const [old, fresh] = [files(before), files(after)];
    const split = old.length + fresh.length > 2 ? ["--"] : [];
    const words = ["diff", ...flagsOf(diffParameters, values), ...old, ...split, ...fresh];
    return desk.report(words, values, asker, [...before, ...after]);
  },
};

const openTools: readonly ToolRow[] = [
  {
    name: "list_processes",
    help: "Lists the Node.js processes of this machine: pid, how busy each is in percent of one processor, the source by which record takes it, and its command (Linux).",
    parameters: BUDGET,
    call: (values, desk, asker) => desk.report(["ps"], values, asker),
  },
  {
    name: "record",
    help: "Records a program that runs and gives a handle, with what is in there first. It takes as many seconds as it records. Where requests are slow and the processor is not busy, record a trace.",
    parameters: [
      {
        name: "source",
        kind: "string",
        isRequired: true,
        help: "HOST:PORT or a URL of a program that serves profiles (Go's net/http/pprof, @pprof-ts/runtime), pid:NUMBER for any Node.js process of this machine, unix:SOCKET, k8s:NAMESPACE/POD",
      },
      {
        name: "kind",
        kind: "string",
        isRequired: true,
        help: RECORDED.map(({ kind, help }) => `${kind}: ${help}`).join("; "),
        choices: RECORDED.map(({ kind }) => kind),
      },
      { name: "seconds", kind: "integer", help: "For how long (default 5 for cpu, 2 for trace)" },
      ...BUDGET,
    ],
    isLive: true,
    call(values, desk, asker) {
      const row = RECORDED.find(({ kind }) => kind === text(values, "kind"))!;
      return desk.record(text(values, "source"), row, values, asker);
    },
  },
  {
    name: "open",
    help: "Opens a profile or an execution trace, a file or an address, and gives a handle, with what is in there first. Several profiles are merged. All formats are read: pprof, .cpuprofile, .heapprofile, perf, speedscope, traces of Go, Node, Chrome and Perfetto and more.",
    parameters: [
      {
        name: "source",
        kind: "handles",
        isRequired: true,
        help: "A file (relative to where the server was started), an address, or a list of those that are to be one profile",
      },
      ...BUDGET,
    ],
    isLive: true,
    call: (values, desk, asker) => desk.open(list(values, "source"), values, asker),
  },
];

const reportTools: readonly ToolRow[] = [
  reportTool("top", "The functions that take most: flat is of a function itself, cum with all that it calls.", [CUM]),
  reportTool("peek", "Who calls a function, and whom it calls, with what each takes.", [FUNCTION], (values) => {
    return `-peek=${text(values, "function")}`;
  }),
  reportTool(
    "list",
    "The source of a function, with what each line takes: the way from a function to the line.",
    [FUNCTION],
    (values) => {
      return `-list=${text(values, "function")}`;
    },
  ),
  reportTool("tree", "The call graph as text: each function with its callers and callees.", [CUM]),
  reportTool("traces", "Whole stacks, with labels; focus on a function to see how it is reached."),
  reportTool("tags", "The labels of samples (process, thread, route, test, ...), and what the samples with each take."),
  diff,
];

const derived: ToolRow = {
  name: "trace_profile",
  help: "Makes a profile of a trace, and gives its handle for top, peek and list: cpu: what ran; await: where tasks waited; loopwait: where they could have run, and the event loop was busy; loopblock: what held it for 5 ms or more; net, sync, syscall, sched: as go tool trace has them.",
  parameters: [
    TRACE,
    { name: "name", kind: "string", isRequired: true, help: "Which profile", choices: DERIVED_NAMES },
    ...BUDGET,
  ],
  call: (values, desk, asker) =>
    desk.derive(desk.opened.get(text(values, "trace"), "trace"), text(values, "name"), values, asker),
};

const traceTools: readonly ToolRow[] = [
  traceTool("trace_summary", "What an execution trace shows, in short.", "", []),
  traceTool(
    "tasks",
    "Requests by route, calls by server and other tasks of a trace: how long they took, and whether they ran, were ready (the event loop was busy with something else) or waited. The first to ask of a slow service: waiting: go on with waits or in_a_row; ready: with turns; running: with trace_profile cpu.",
    "-tasks",
  ),
  traceTool("waits", "What tasks of a trace waited for, how long, and the line that awaits it.", "-waits"),
  traceTool("turns", "The longest times for which one ran without a pause, the line, and whom that delayed.", "-turns"),
  traceTool(
    "in_a_row",
    "Functions that await one thing after the other, and what doing that together would save.",
    "-inarow",
  ),
  traceTool("regions", "Regions of a trace, or slices of one of Chrome's.", "-regions"),
  traceTool("task", "One task of a trace, step by step; tasks has the number of each route's slowest.", "", [
    { name: "task", kind: "integer", isRequired: true, help: "Its number", flag: (value) => `-task=${value}` },
  ]),
  derived,
];

export const TOOLS: readonly ToolRow[] = [...openTools, ...reportTools, ...traceTools];
