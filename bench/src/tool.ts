// node bench/dist/tool.js [--input REGEXP] [--case REGEXP] [--runs N] [--peer "go tool pprof"]
// Whole processes of the tool beside the reference tool's: from the file's name to the report on standard output.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { INPUTS } from "./cases.ts";

const { values: flags } = parseArgs({
  options: {
    input: { type: "string", default: "^(0.4|9|100) MB" },
    case: { type: "string", default: "" },
    runs: { type: "string" },
    peer: { type: "string", default: "go tool pprof" },
  },
});

const ONE = /^[\d.]+ MB$/;

/** The reports that are timed, and what they are made of. */
const REPORTS = [
  { args: ["-top"], inputs: ONE },
  { args: ["-top", "-cum", "-focus=handler"], inputs: ONE },
  { args: ["-peek=Handler"], inputs: ONE },
  { args: ["-tree"], inputs: ONE },
  { args: ["-dot"], inputs: ONE },
  { args: ["-traces"], inputs: /^(0.4|9) MB/ },
  { args: ["-proto"], inputs: /^8 ×/ },
];

const ours = [process.execPath, fileURLToPath(new URL("../../packages/cli/bin/pprof.js", import.meta.url))];
const peer = flags.peer.split(" ");

/** What one process took. */
interface Cost {
  readonly seconds: number;
  /** Processor time of all its threads; like `megabytes` known only where there is GNU time. */
  readonly cpu: number | undefined;
  readonly megabytes: number | undefined;
}

function run(command: readonly string[], args: readonly string[], files: readonly string[]): Cost | undefined {
  const measured = existsSync("/usr/bin/time") ? ["/usr/bin/time", "-f", "%U %S %M"] : [];
  const [program = "", ...rest] = [...measured, ...command, ...args, "-symbolize=none", "-output=/dev/null", ...files];
  const start = performance.now();
  const { status, stderr } = spawnSync(program, rest, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) return undefined;
  const [user, system, kilobytes] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  if (measured.length === 0) return { seconds, cpu: undefined, megabytes: undefined };
  return { seconds, cpu: user! + system!, megabytes: kilobytes! / 1024 };
}

function median(costs: readonly Cost[]): Cost {
  return [...costs].sort((a, b) => a.seconds - b.seconds)[costs.length >> 1]!;
}

function cells(cost: Cost | undefined): string {
  const cell = (value: number | undefined, digits: number): string => (value?.toFixed(digits) ?? "-").padStart(9);
  return cell(cost?.seconds, 2) + cell(cost?.cpu, 2) + cell(cost?.megabytes, 0);
}

for (const input of INPUTS.filter(({ name }) => new RegExp(flags.input).test(name))) {
  const reports = REPORTS.filter(
    ({ args, inputs }) => inputs.test(input.name) && new RegExp(flags.case).test(args.join(" ")),
  );
  if (reports.length === 0) continue;
  const files = input.files();
  const runs = Number(flags.runs ?? (/\d{3} MB/.test(input.name) ? 1 : 5));
  console.log(`\n${input.name}`);
  console.log(`${"".padEnd(28)}        s      cpu       MB   ${flags.peer}: s      cpu       MB`);
  for (const { args } of reports) {
    const costs: [Cost[], Cost[]] = [[], []];
    for (let round = 0; round < runs; round++) {
      [ours, peer].forEach((command, side) => {
        const cost = run(command, args, files);
        if (cost !== undefined) costs[side]!.push(cost);
      });
    }
    const [mine, theirs] = costs.map((all) => (all.length === 0 ? undefined : median(all)));
    const ratio = mine && theirs ? `   ${(theirs.seconds / mine.seconds).toFixed(1)} × as fast` : "";
    console.log(`${args.join(" ").padEnd(28)}${cells(mine)}   ${cells(theirs)}${ratio}`);
  }
}
