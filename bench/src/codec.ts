// node bench/dist/codec.js [--input REGEXP] [--case REGEXP] [--runs N] [--profile]
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CASES, type Case, INPUTS, type Input, PEER_SECONDS } from "./cases.ts";
import { knownMedian } from "./statistics.ts";

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
  /** Milliseconds of processor time of the first call, all threads together: what a machine that is busy tells best. */
  readonly cpu: number;
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
  console.log(`\n${input.name}, ${(packed / 1e6).toFixed(1)} MB gzipped\n`);
  const measures = new Map<string, Measure[]>();
  // In rounds, so that what else the machine does meets all cases alike.
  const runs = flags.profile ? 1 : Number(flags.runs ?? (/\d{3} MB/.test(input.name) ? 3 : 5));
  for (let round = 0; round < runs; round++) {
    for (const each of cases.filter(({ name }) => round === 0 || measures.has(name))) {
      const last = measures.get(each.name)?.at(-1);
      // A peer that takes long takes long again.
      if (each.isPeer && last !== undefined && last.first > 20_000) continue;
      const measured = measureApart(each, input);
      if (measured !== undefined) measures.set(each.name, [...(measures.get(each.name) ?? []), measured]);
    }
  }
  console.log("| case | first ms | ratio | again ms | ratio | cpu ms | peak MB |");
  console.log("| ---- | -------: | ----: | -------: | ----: | -----: | ------: |");
  const medians = new Map<string, { first: number; again: number | undefined }>();
  for (const { name, floor } of cases) {
    const all = measures.get(name);
    if (all === undefined) continue;
    const of = (pick: (measure: Measure) => number | undefined): number | undefined => knownMedian(all.map(pick));
    const first = of((measure) => measure.first)!;
    const again = of((measure) => measure.again);
    medians.set(name, { first, again });
    const under = medians.get(floor ?? "");
    const ratio = (own: number | undefined, of: number | undefined): string =>
      own === undefined || of === undefined ? "" : `${(own / of).toFixed(2)} × ${floor}`;
    const isProcess = name.startsWith("process");
    const cells = [
      name,
      first.toFixed(1),
      ratio(first, under?.first),
      again?.toFixed(1) ?? "",
      ratio(again, under?.again),
      isProcess ? "" : of((measure) => measure.cpu)!.toFixed(1),
      isProcess ? "" : of((measure) => measure.peak)!.toFixed(0),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

/** Measures a case in a fresh process; undefined, with the reason printed, where it cannot run here. */
function measureApart(each: Case, input: Input): Measure | undefined {
  const script = fileURLToPath(import.meta.url);
  const profiling = flags.profile ? ["--cpu-prof", `--cpu-prof-dir=${process.cwd()}`] : [];
  const args = [...profiling, script, "measure", each.name, input.name];
  const timeout = each.isPeer ? PEER_SECONDS * 1000 : undefined;
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { encoding: "utf8", timeout });
  if (status === 0) return JSON.parse(stdout);
  const isLate = (error as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT";
  const failure = /^\w*Error.*$/m.exec(stderr) ?? /heap out of memory/.exec(stderr);
  const reason = isLate ? `not done in ${PEER_SECONDS} s` : (failure?.[0] ?? `exit status ${status}`);
  console.log(`${each.name}: not measured: ${reason}\n`);
  return undefined;
}

async function measure(caseName: string, inputName: string): Promise<Measure> {
  const call = await CASES.find(({ name }) => name === caseName)!.prepare(
    INPUTS.find(({ name }) => name === inputName)!.files(),
  );
  const times: number[] = [];
  let cpu: number | undefined;
  const begun = performance.now();
  // The engine compiles what is hot, and guesses wrong, over the first four or five calls.
  const isEnough = (): boolean => {
    const elapsed = performance.now() - begun;
    return times.length >= 50 || (elapsed > 300 && times.length >= 9) || elapsed > 2000;
  };
  do {
    const from = performance.now();
    const usage = process.cpuUsage();
    await call();
    times.push(performance.now() - from);
    const { user, system } = process.cpuUsage(usage);
    cpu ??= (user + system) / 1000;
  } while (!isEnough());
  const again = times.length > 1 ? knownMedian(times.slice(1)) : undefined;
  return { first: times[0]!, cpu: cpu!, again, peak: process.resourceUsage().maxRSS / 1024 };
}
