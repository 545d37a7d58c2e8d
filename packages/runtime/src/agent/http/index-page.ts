import { escapeHtml, wellFormed } from "../../http/call.ts";
import { oneLine } from "../code/one-line.ts";
import type { ProcessInfo } from "../processes/own-process.ts";
import type { Found } from "../processes/processes.ts";

export interface IndexEntry {
  readonly name: string;
  readonly description: string;
  readonly count: number | undefined;
  /** Whether it has a text form. */
  readonly profile: boolean;
}

/** What takes the samples now, and what that may cost, each in a sentence. */
export interface Samplers {
  readonly profile: string;
  readonly heap: string;
  /** For how long the program may be held for the sake of profiles. */
  readonly stalls: string;
  /** What was taken from those who have V8 count which code runs. */
  readonly coverage: string;
  /** Whether they are left out because they come and go. */
  readonly workers: string;
}

/** The processes that are served for. */
export interface ProcessList extends Found {
  readonly own: ProcessInfo;
}

/** Of each process what it says of itself, or why it says nothing. */
export function processesJson({ own, peers, silent }: ProcessList): object[] {
  return [own, ...peers.map(({ info }) => info), ...silent];
}

/** The page that lists what there is; its links are relative, for any prefix. */
export function indexPage(
  entries: readonly IndexEntry[],
  samplers: Samplers | undefined,
  processes: ProcessList | undefined,
): string {
  const rows = entries.map(({ name, description, count, profile }) => {
    const href = escapeHtml(encodeURIComponent(wellFormed(name)));
    const link = profile ? `<a href="${href}?debug=1">${shown(name)}</a>` : `<a href="${href}">${shown(name)}</a>`;
    return `<tr><td>${count ?? ""}</td><td>${link}</td><td>${shown(description)}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>/debug/pprof/</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; max-width: 60rem }
td { padding: 0.2rem 1.5rem 0.2rem 0; vertical-align: top }
td:first-child { text-align: right; font-variant-numeric: tabular-nums }
</style>
</head>
<body>
<h1>/debug/pprof/</h1>
<p>The links show text (debug=1); without that parameter, each is a profile for the pprof tool.</p>
<table>
<thead><tr><td>Count</td><td>Profile</td><td></td></tr></thead>
${rows.join("\n")}
</table>
${processes === undefined ? "" : processTable(processes)}
${samplers === undefined ? "" : samplerLines(samplers)}
<p><a href="goroutine?debug=2">full goroutine stack dump</a></p>
</body>
</html>
`;
}

/** A text as the page has it; who asks with curl has it on a terminal. */
function shown(text: string): string {
  return escapeHtml(oneLine(text));
}

function samplerLines({ profile, heap, stalls, coverage, workers }: Samplers): string {
  const lines = Object.entries({ profile, heap, stalls, coverage, workers }).map(
    ([name, text]) => `${name}: ${shown(text)}`,
  );
  return `<p>${lines.join("<br>")}</p>`;
}

/** A row a process; the profiles above are of all of them. */
function processTable({ own, peers, silent }: ProcessList): string {
  const rows = [own, ...peers.map(({ info }) => info)].map((info) => {
    const { pid, parent, name, sinceMillis, threads, busy } = info;
    const links = ["goroutine", "heap"].map((profile) => `<a href="${profile}?debug=1&amp;pid=${pid}">${profile}</a>`);
    const since = new Date(sinceMillis || 0).toISOString();
    const cells = [pid, shown(name), parent, threads ?? "", `${Math.round(busy * 100)} %`, since, links.join(" ")];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  const missing = silent.map(({ pid, reason }) => `<tr><td>${pid}</td><td colspan="6">${shown(reason)}</td></tr>`);
  return `<h2>Processes</h2>
<p>The profiles above are those of all of them, told apart by the labels process and pid; with pid=, of one.</p>
<table>
<thead><tr><td>pid</td><td>Process</td><td>Parent</td><td>Threads</td><td>Busy</td><td>Since</td><td></td></tr></thead>
${[...rows, ...missing].join("\n")}
</table>`;
}
