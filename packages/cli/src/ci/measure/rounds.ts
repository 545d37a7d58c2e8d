import { statSync } from "node:fs";
import { merge, type Profile } from "@pprof-ts/profile";
import { ToolError } from "../../error.ts";
import { writeNumbered } from "../../host/file/temp-file.ts";
import type { Side } from "../git/checkouts.ts";
import type { MovedLines } from "../git/moved-lines.ts";
import { lastBytes, lastLines } from "./command.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { type Measured, type MeasureOptions, measure, type Ran } from "./measure.ts";
import { relocated } from "./relocate.ts";

/** So many profiles are kept until they are merged. */
const CHUNK = 16;
/** So much is kept of the end of what a command has printed before it failed. */
const LARGEST_LOG = 2 ** 24;

/** A side that is run. */
export interface Runner {
  readonly side: Side;
  /** As it is told. */
  readonly name: string;
  /** The directory that the command runs in. */
  readonly cwd: string;
  /** What files stand below in its profiles. */
  readonly roots: readonly string[];
  /** Where its lines are in the base; undefined of the base. */
  readonly moved: MovedLines | undefined;
}

export interface RoundsOptions extends Omit<MeasureOptions, "cwd"> {
  readonly command: readonly string[];
  readonly runs: number;
  /** Where what a command has printed is kept when it fails. */
  readonly keep: () => string;
  readonly say: (line: string) => void;
  /** Hears what is missing of a run, in a sentence. */
  readonly missing: (what: string) => void;
  /** Hears of each run that counts, with its files by their names in the repository. */
  readonly ran: (side: Side, number: number, measured: Measured) => void;
}

/** What one side's runs have told. */
export class SideRuns {
  readonly measured: Omit<Measured, "profiles">[] = [];
  readonly figures: Figures[] = [];
  readonly #profiles = new Map<string, Profile[]>();

  add(run: Measured): void {
    const { profiles, ...rest } = run;
    this.measured.push(rest);
    this.figures.push(figuresOf(run));
    for (const [kind, profile] of profiles) {
      const all = [...(this.#profiles.get(kind) ?? []), profile];
      this.#profiles.set(kind, all.length < CHUNK ? all : [merge(all)]);
    }
  }

  /** All of its runs as one. */
  profile(kind: string): Profile | undefined {
    const all = this.#profiles.get(kind);
    return all && merge(all);
  }
}

/** Runs the command in each worktree in turn, forwards and backwards, so that what changes with time is on all sides. */
export async function runRounds(runners: readonly Runner[], options: RoundsOptions): Promise<Map<Side, SideRuns>> {
  const { runs, say, ran } = options;
  const sides = new Map(runners.map(({ side }) => [side, new SideRuns()]));
  // The first run reads files from the disk, and shows whether the command does it at all.
  for (const runner of runners) await runOne(runner, { ...options, missing: () => {} });
  for (let round = 0; round < runs; round++) {
    const told: string[] = [];
    for (const runner of round % 2 === 0 ? runners : [...runners].reverse()) {
      const measured = await runOne(runner, options);
      ran(runner.side, round + 1, measured);
      sides.get(runner.side)!.add(measured);
      told.push(`${runner.side} ${(measured.wallNanos / 1e9).toFixed(2)}s`);
    }
    say(`round ${round + 1} of ${runs}: ${told.join(", ")}`);
  }
  return sides;
}

async function runOne({ name, cwd, roots, moved }: Runner, options: RoundsOptions): Promise<Measured> {
  const { command, missing } = options;
  const { ended, measured, failures, killed, processes }: Ran = await measure(command, { ...options, cwd });
  if (ended.failure !== undefined) throw new ToolError(`${command[0]}: ${ended.failure}, on ${name}`);
  if (ended.status !== 0) {
    const how = ended.signal === undefined ? `ended with status ${ended.status}` : `was ended by ${ended.signal}`;
    throw new ToolError(`the command ${how} on ${name}: ${printed(options)}`);
  }
  const [failure] = failures;
  const why = processes.length === 0 ? "no Node process was seen" : measured.profiles.size === 0 ? failure : undefined;
  if (why !== undefined) throw new ToolError(`nothing was recorded on ${name}: ${why}`);
  for (const what of new Set(killed.map((process) => process.name))) {
    missing(`${what} was killed, and its last samples are missing`);
  }
  for (const what of failures) missing(`not recorded: ${what}`);
  const profiles = Array.from(
    measured.profiles,
    ([kind, profile]) => [kind, relocated(profile, roots, moved)] as const,
  );
  return { ...measured, profiles: new Map(profiles) };
}

/** What the command has printed: the end of it, and where all of it is. */
function printed({ log, keep }: RoundsOptions): string {
  const last = lastLines(log);
  if (last === "") return "it printed nothing";
  const file = writeNumbered(keep(), "pprof.ci.", ".log", lastBytes(log, LARGEST_LOG));
  const what = statSync(log).size > LARGEST_LOG ? `the end of what it printed` : "what it printed";
  return `${what} is in ${file}, and ends so:\n${last}`;
}
