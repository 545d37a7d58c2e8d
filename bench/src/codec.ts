// node bench/dist/codec.js [--input REGEXP] [--case REGEXP] [--runs N] [--profile]
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CASES, type Case, INPUTS, type Input } from "./cases.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    input: { type: "string", default: "" },
    case: { type: "string", default: "" },
    runs: { type: "string" },
    profile: { type: "boolean", default: false },
  },
});

/** What one process measured of one case. */
interface Measure {
  /** Milliseconds of the first call, the one that counts in a tool. */
  readonly first: number;
  /** Milliseconds of the calls after it, the median; what a server that goes on would see. */
  readonly again: number | undefined;
  /** Most memory that the process ever held, in MB. */
  readonly peak: number;
}

if (positionals[0] === "measure") {
  console.log(JSON.stringify(await measure(positionals[1]!, positionals[2]!)));
} else {
  for (const input of INPUTS.filter(({ name }) => new RegExp(flags.input).test(name))) compare(input);
}

/** Prints a table of all cases on one input. */
function compare(input: Input): void {
  const cases = CASES.filter(({ name, inputs }) => inputs.test(input.name) && new RegExp(flags.case).test(name));
  if (cases.length === 0) return;
  const packed = input.files().reduce((size, file) => size + statSync(file).size, 0);
  console.log(`\n${input.name}, ${(packed / 1e6).toFixed(1)} MB gzipped`);
  console.log(row("case", "first ms", "again ms", "peak MB", ""));
  const firsts = new Map<string, number>();
  for (const each of cases) {
    const measures = repeat(each, input);
    if (measures === undefined) continue;
    const first = median(measures.map((measure) => measure.first));
    const again = median(measures.flatMap((measure) => measure.again ?? []));
    const peak = median(measures.map((measure) => measure.peak));
    firsts.set(each.name, first);
    const floor = firsts.get(each.floor ?? "");
    const ratio = floor === undefined ? "" : `${(first / floor).toFixed(2)} × ${each.floor}`;
    const isProcess = each.name.startsWith("process");
    console.log(row(each.name, first.toFixed(1), again?.toFixed(1) ?? "", isProcess ? "" : peak.toFixed(0), ratio));
  }
}

function row(...cells: string[]): string {
  return cells
    .map((cell, i) => (i === 0 ? cell.padEnd(32) : i === 4 ? `  ${cell}` : cell.padStart(10)))
    .join("")
    .trimEnd();
}

/** Measures of several fresh processes; undefined, with the reason printed, where the case cannot run here. */
function repeat(each: Case, input: Input): Measure[] | undefined {
  const measures: Measure[] = [];
  const script = fileURLToPath(import.meta.url);
  const profiling = flags.profile ? ["--cpu-prof", `--cpu-prof-dir=${process.cwd()}`] : [];
  const runs = flags.runs ? Number(flags.runs) : /\d{3} MB/.test(input.name) ? 3 : 5;
  for (let i = 0; i < (flags.profile ? 1 : runs); i++) {
    const args = [...profiling, script, "measure", each.name, input.name];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) {
      const reason = /^\w*Error.*$/m.exec(stderr)?.[0] ?? `exit status ${status}`;
      console.log(`${each.name.padEnd(32)} not measured: ${reason}`);
      return undefined;
    }
    measures.push(JSON.parse(stdout));
  }
  return measures;
}

async function measure(caseName: string, inputName: string): Promise<Measure> {
  const call = await CASES.find(({ name }) => name === caseName)!.prepare(
    INPUTS.find(({ name }) => name === inputName)!.files(),
  );
  const times: number[] = [];
  const until = performance.now() + 300;
  do {
    const from = performance.now();
    call();
    times.push(performance.now() - from);
  } while (performance.now() < until && times.length < 50);
  const again = times.length > 1 ? median(times.slice(1)) : undefined;
  return { first: times[0]!, again, peak: process.resourceUsage().maxRSS / 1024 };
}

function median(numbers: readonly number[]): number;
function median(numbers: readonly (number | undefined)[]): number | undefined;
function median(numbers: readonly (number | undefined)[]): number | undefined {
  const sorted = numbers.filter((number) => number !== undefined).sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
