// node bench/dist/tool.js [--size REGEXP] [--case REGEXP] [--runs N] [--limit SECONDS] [--peer PROGRAM]
// Whole processes of the tool beside the reference tool's, from the file's name to the report in a file; prints the
// tables of README.md.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { profileFiles, shapeFile } from "./cases.ts";
import { SHAPES } from "./shapes.ts";

/** What `go install github.com/google/pprof@latest` made when these figures were first taken. */
const PEER_VERSION = "v0.0.0-20260906184651-6331bc6350fe";
/** A command is run again only while its runs have taken less than this. */
const ENOUGH_SECONDS = 10;

const { values: flags } = parseArgs({
  options: {
    size: { type: "string", default: "" },
    case: { type: "string", default: "" },
    runs: { type: "string", default: "5" },
    limit: { type: "string", default: "120" },
    peer: { type: "string" },
  },
});
const limit = Number(flags.limit);

/** How large profiles are, in MB when they are not compressed. */
const SIZES = [0.4, 2, 9, 30, 100];

/** The reports that are timed, and up to which size; `-traces` writes a line for each frame, gigabytes of 100 MB. */
const REPORTS = [
  { args: ["-top"], largest: 100 },
  { args: ["-top", "-cum", "-focus=handler"], largest: 100 },
  { args: ["-peek=Handler"], largest: 100 },
  { args: ["-tree"], largest: 100 },
  { args: ["-dot"], largest: 100 },
  { args: ["-traces"], largest: 9 },
  { args: ["-proto"], largest: 30 },
];

/** What one process took. */
interface Cost {
  readonly seconds: number;
  /** Processor time of all its threads; like `megabytes` known only where there is GNU time. */
  readonly cpu: number | undefined;
  readonly megabytes: number | undefined;
  /** Whether it was stopped at the limit. */
  readonly isStopped: boolean;
}

/** The reports of profiles of an odd shape, of which one has no handlers. */
const SHAPE_REPORTS = [["-top"], ["-tree"], ["-peek=Handler|Account"], ["-dot"]];

/** The row of what reading such a profile takes, and nothing else, in a process whose start does not count. */
const FLOOR = "gunzip + decode";

/** One file, or several in one command: a column of the tables. */
interface Column {
  readonly name: string;
  readonly files: readonly string[];
  readonly args: readonly (readonly string[])[];
  /** The input of the codec's bench that it is, where what reading it takes is measured too. */
  readonly floor?: string;
}

const isAsked = (name: string): boolean => new RegExp(flags.size).test(name);
const columns: Column[] = SIZES.filter((size) => isAsked(`${size} MB`)).map((size) => ({
  name: `${size} MB`,
  files: profileFiles(1, size),
  args: REPORTS.filter(({ largest }) => size <= largest).map(({ args }) => args),
}));
for (const name of Object.keys(SHAPES).filter(isAsked)) {
  columns.push({ name, files: [shapeFile(name)], args: SHAPE_REPORTS, floor: name });
}
if (isAsked("8 × 9 MB")) columns.push({ name: "8 × 9 MB", files: profileFiles(8, 9), args: [["-proto"]] });

const ours = [process.execPath, fileURLToPath(new URL("../../packages/cli/bin/pprof.js", import.meta.url))];
const peer = flags.peer?.split(" ") ?? installedPeer();

/** The medians of both sides; undefined for one that could not be run. */
type Pair = readonly [ours: Cost | undefined, theirs: Cost | undefined];

/** For each report the medians by column. */
const results = new Map<string, Map<string, Pair>>();
for (const { name, files, args: asked, floor } of columns) {
  if (floor !== undefined) {
    const costs = Array.from({ length: Number(flags.runs) }, () => readingCost(floor));
    results.set(FLOOR, (results.get(FLOOR) ?? new Map()).set(name, [median(costs), undefined]));
    console.error(`${name} ${FLOOR}: ${cell(seconds, median(costs))} s`);
  }
  for (const args of asked) {
    const title = args.join(" ");
    if (!new RegExp(flags.case).test(title)) continue;
    const [mine, theirs] = measure(args, files);
    results.set(title, (results.get(title) ?? new Map()).set(name, [mine, theirs]));
    console.error(`${name} ${title}: ${cell(seconds, mine)}, the peer ${cell(seconds, theirs)} s`);
  }
}
const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "processor"}`;
console.log(`Ours / the peer's (${flags.peer ?? `pprof ${PEER_VERSION}`}). ${machine}.`);
console.log(`Medians of up to ${flags.runs} runs, fewer after ${ENOUGH_SECONDS} s; stopped after ${limit} s.\n`);
table("Seconds by the clock", both(seconds));
table("Times as fast as the peer, by the clock", ([mine, theirs]) =>
  mine && theirs ? `${theirs.isStopped ? "> " : ""}${(theirs.seconds / mine.seconds).toFixed(1)}` : "",
);
table(
  "Seconds of processor time, all threads",
  both(({ cpu }) => cpu?.toFixed(cpu < 10 ? 2 : 0)),
);
table(
  "Most memory, MB",
  both(({ megabytes }) => megabytes?.toFixed(0)),
);

function seconds({ seconds }: Cost): string {
  return seconds.toFixed(seconds < 10 ? 2 : 0);
}

/** The two commands in turn, so that what else the machine does meets both alike. */
function measure(args: readonly string[], files: readonly string[]): Pair {
  const [mine, theirs] = [ours, peer].map((command) => ({ command, costs: [] as Cost[], spent: 0 }));
  for (let round = 0; round < Number(flags.runs); round++) {
    for (const side of [mine!, theirs!]) {
      if (side.command === undefined || side.spent > ENOUGH_SECONDS) continue;
      const cost = run(side.command, args, files);
      if (cost === undefined) side.spent = Number.POSITIVE_INFINITY;
      else {
        side.costs.push(cost);
        side.spent += cost.seconds;
      }
    }
  }
  return [median(mine!.costs), median(theirs!.costs)];
}

function readingCost(input: string): Cost {
  const codec = fileURLToPath(new URL("codec.js", import.meta.url));
  const { stdout } = spawnSync(process.execPath, [codec, "measure", FLOOR, input], { encoding: "utf8" });
  const { first, cpu, peak } = JSON.parse(stdout) as { first: number; cpu: number; peak: number };
  return { seconds: first / 1000, cpu: cpu / 1000, megabytes: peak, isStopped: false };
}

function run(command: readonly string[], args: readonly string[], files: readonly string[]): Cost | undefined {
  const isMeasured = existsSync("/usr/bin/time");
  const measured = isMeasured ? ["/usr/bin/time", "-f", "%U %S %M", "timeout", String(limit)] : [];
  const [program = "", ...rest] = [...measured, ...command, ...args, "-symbolize=none", "-output=/dev/null", ...files];
  const start = performance.now();
  const { status, stderr } = spawnSync(program, rest, {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    ...(isMeasured ? {} : { timeout: limit * 1000 }),
  });
  const seconds = (performance.now() - start) / 1000;
  const isStopped = isMeasured ? status === 124 : status === null;
  if (status !== 0 && !isStopped) {
    console.error(`${program} ${rest.join(" ")}: ${stderr}`);
    return undefined;
  }
  if (!isMeasured) return { seconds, cpu: undefined, megabytes: undefined, isStopped };
  const [user = 0, system = 0, kilobytes = 0] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return { seconds, cpu: user + system, megabytes: kilobytes / 1024, isStopped };
}

function median(costs: readonly Cost[]): Cost | undefined {
  return [...costs].sort((a, b) => a.seconds - b.seconds)[costs.length >> 1];
}

function table(title: string, show: (pair: Pair) => string): void {
  const rows = [
    [title, ...columns.map(({ name }) => name)],
    ...[...results].map(([report, row]) => [
      `\`${report}\``,
      ...columns.map(({ name }) => (row.has(name) ? show(row.get(name)!) : "")),
    ]),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((text, i) => text.padEnd(widths[i]!)).join(" | ")} |`;
  console.log([line(rows[0]!), line(widths.map((width) => "-".repeat(width))), ...rows.slice(1).map(line)].join("\n"));
  console.log();
}

function both(show: (cost: Cost) => string | undefined): (pair: Pair) => string {
  return ([mine, theirs]) => cell(show, mine) + (theirs === undefined ? "" : ` / ${cell(show, theirs)}`);
}

/** What a command that was stopped took is more than is known. */
function cell(show: (cost: Cost) => string | undefined, cost: Cost | undefined): string {
  const text = cost && show(cost);
  return text === undefined ? "-" : cost!.isStopped ? `> ${text}` : text;
}

/** Upstream's binary, made where Go is; undefined, with the reason printed, where it cannot be. */
function installedPeer(): string[] | undefined {
  const bin = fileURLToPath(new URL(`../.cache/${PEER_VERSION}`, import.meta.url));
  const program = `${bin}/pprof`;
  if (existsSync(program)) return [program];
  const { status, stderr, error } = spawnSync("go", ["install", `github.com/google/pprof@${PEER_VERSION}`], {
    encoding: "utf8",
    env: { ...process.env, GOBIN: bin },
  });
  if (status === 0) return [program];
  console.error(`no peer: go install failed: ${error?.message ?? stderr}`);
  return undefined;
}
