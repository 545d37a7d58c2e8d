import { LEAST_SPAN_NANOS, type StoryStep, scaledLabel, type TraceStory, type TraceSummary } from "@pprof-ts/report";

/** A view of a trace as rows: what each column is called, and the cells, times in nanoseconds. */
interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** Which columns are times. */
  readonly times: ReadonlySet<number>;
}

export interface TraceView {
  /** Its flag without the dash, as `tasks`; "" for what is shown without one. */
  readonly name: string;
  readonly help: string;
  /** What `-json` prints of the summary. */
  readonly json: "tasks" | "turns" | "waits" | "inARow" | "regions";
  table(summary: TraceSummary): Table;
}

/** All views; the first one is a part of the summary, as are the others but shorter. */
export const TRACE_VIEWS: readonly TraceView[] = [
  {
    name: "tasks",
    help: "requests by route, calls by server, tasks: percentiles, and where the time went",
    json: "tasks",
    table: ({ tasks }) => ({
      columns: [
        ...["count", "p50", "p90", "p99", "max"],
        ...["running", "gc", "syscall", "ready", "waiting", "slowest", "task"],
      ],
      times: new Set([1, 2, 3, 4, 5, 6, 7, 8, 9]),
      rows: tasks.map((task) => {
        const { count, p50, p90, p99, most, running, collecting, call, ready, waiting, slowest, name } = task;
        return [count, p50, p90, p99, most, running, collecting, call, ready, waiting, slowest, name];
      }),
    }),
  },
  {
    name: "turns",
    help: "the longest times for which one ran without a pause, and what was sampled there",
    json: "turns",
    table: ({ turns, lanes }) => ({
      columns: ["at", "lasted", "on", "of", "where", "delayed"],
      times: new Set([0, 1]),
      rows: turns.map(({ from, to, lane, name, stack, whom }) => [
        from,
        to - from,
        lanes.find((one) => one.lane === lane)?.name ?? "",
        name,
        stack[0] ?? "",
        whom.map((other) => `${other.count} ${other.name}`).join(", "),
      ]),
    }),
  },
  {
    name: "waits",
    help: "what was waited for, and by whom",
    json: "waits",
    table: ({ waits }) => ({
      columns: ["count", "total", "of", "for"],
      times: new Set([1]),
      rows: waits.map(({ count, nanos, name, what }) => [count, nanos, name, what]),
    }),
  },
  {
    name: "inarow",
    help: "what a function awaited one after the other, and what all but the longest took: might they go together?",
    json: "inARow",
    table: ({ inARow }) => ({
      columns: ["count", "total", "others", "of", "function", "awaits"],
      times: new Set([1, 2]),
      rows: inARow.map((row) => [row.count, row.nanos, row.others, row.task, row.function, row.lines.join(", ")]),
    }),
  },
  {
    name: "regions",
    help: "regions, or slices, by name, each with what it contains",
    json: "regions",
    table: ({ regions }) => ({
      columns: ["count", "total", "max", "region"],
      times: new Set([1, 2]),
      rows: regions.map(({ count, nanos, most, name }) => [count, nanos, most, name]),
    }),
  },
];

/** So many rows of each view are in the summary. */
const SUMMARY_ROWS = 8;

/** The summary of a trace as text. `shown` makes a text of the trace fit for a terminal. */
export function summaryText(summary: TraceSummary, shown: (text: string) => string): string {
  const { durationNanos, lanes, collections, notes } = summary;
  const share = (nanos: number): string => `${((100 * nanos) / Math.max(durationNanos, 1)).toFixed(1)}%`;
  const lines = [
    `Duration: ${time(durationNanos)}`,
    ...lanes
      .slice(0, SUMMARY_ROWS)
      .map(({ name, busyNanos }) => `${shown(capitalized(name))}: ran for ${time(busyNanos)} (${share(busyNanos)})`),
    `Garbage collection: ${collections.count} stops, ${time(collections.nanos)} (${share(collections.nanos)})`,
    ...notes.map((note) => `Note: ${shown(note)}`),
  ];
  const parts = TRACE_VIEWS.map((view) => {
    const table = view.table(summary);
    if (table.rows.length === 0) return "";
    const rest = table.rows.length - SUMMARY_ROWS;
    const more = rest > 0 ? `  and ${rest} more: -${view.name}\n` : "";
    return `\n${capitalized(view.name)}: ${view.help}\n${tableText(table, SUMMARY_ROWS, shown)}${more}`;
  });
  return `${lines.join("\n")}\n${parts.join("")}`;
}

/** One task as text: what it did, one after the other, and what went on for its sake. */
export function storyText(task: number, story: TraceStory, shown: (text: string) => string): string {
  const { name, from, to, isOpen, steps, moreSteps, parts, logs } = story;
  const open = isOpen ? ", and was not over" : "";
  const table = (title: string, made: Table): string =>
    made.rows.length === 0 ? "" : `\n${title}\n${tableText(made, made.rows.length, shown)}`;
  return [
    `Task ${task}: ${shown(name)}\n`,
    `It began at ${time(from)} and took ${time(to - from)}${open}\n`,
    table("What it did:", {
      columns: ["at", "for", "", "what", "called by"],
      times: new Set([0, 1]),
      rows: steps.map((step) => {
        const why = step.state === "waiting" ? step.why : "";
        const place = step.stack.findIndex((frame) => why.endsWith(frame));
        const callers = place < 0 ? "" : step.stack.slice(place + 1, place + 1 + CALLERS).join(" < ");
        return [step.from - from, step.to - step.from, STATES[step.state], why, callers];
      }),
    }),
    moreSteps > 0 ? `  and ${moreSteps} more\n` : "",
    table("For its sake:", {
      columns: ["at", "took", "task", "name"],
      times: new Set([0, 1]),
      rows: parts.map((part) => [part.from - from, part.to - part.from, part.task || "", part.name]),
    }),
    table("It says:", {
      columns: ["at", "key", "value"],
      times: new Set([0]),
      rows: logs.map(({ time, key, value }) => [time - from, key, value]),
    }),
  ].join("");
}

const STATES: Readonly<Record<StoryStep["state"], string>> = {
  running: "ran",
  ready: "waited to run",
  waiting: "waited for",
  call: "in a system call",
};
const CALLERS = 3;

/** A view as text: columns of numbers to the right. */
export function viewText(
  view: TraceView,
  summary: TraceSummary,
  rows: number,
  shown: (text: string) => string,
): string {
  return tableText(view.table(summary), rows, shown);
}

export function viewCsv(view: TraceView, summary: TraceSummary): string {
  const { columns, rows, times } = view.table(summary);
  const heads = columns.map((column, i) => (times.has(i) ? `${column}_ns` : column));
  return [heads, ...rows].map((row) => `${row.map(csvCell).join(",")}\n`).join("");
}

function csvCell(cell: string | number): string {
  const text = String(cell);
  // A spreadsheet would take these for a formula.
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function tableText({ columns, rows, times }: Table, most: number, shown: (text: string) => string): string {
  const cells = rows
    .slice(0, most)
    .map((row) =>
      row.map((cell, i) => (typeof cell === "string" ? shown(cell) : times.has(i) ? time(cell) : String(cell))),
    );
  const isText = (i: number): boolean => typeof rows[0]?.[i] === "string";
  const widths = columns.map((column, i) => cells.reduce((most, row) => Math.max(most, row[i]!.length), column.length));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) =>
        isText(i) ? (i === row.length - 1 ? cell : cell.padEnd(widths[i]!)) : cell.padStart(widths[i]!),
      )
      .join("  ")
      .trimEnd();
  return [columns, ...cells].map((row) => `  ${line(row)}\n`).join("");
}

function time(nanos: number): string {
  return nanos < LEAST_SPAN_NANOS ? "0" : scaledLabel(nanos, "nanoseconds", "auto");
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
