import { type Profile, toNumbers } from "@pprof-ts/profile";
import { percentage, scaledLabel } from "@pprof-ts/report";
import { oneLine } from "../host/terminal/printable.ts";
import { fit } from "../host/terminal/terminal-table.ts";

/** A test, and the CPU time of its samples in nanoseconds. */
interface TestCost {
  readonly test: string;
  readonly file: string;
  /** The line of the file in which, with what it calls, most of that was spent; 0: none is known. */
  readonly line: number;
  readonly nanos: number;
}

/** What each test cost, the costliest first, and what samples of none did. */
interface TestCosts {
  readonly tests: readonly TestCost[];
  readonly outsideNanos: number;
}

interface Sum {
  readonly test: string;
  readonly file: string;
  nanos: number;
  readonly lines: Map<number, number>;
}

const NONE_TOLD =
  "no sample has a test: vitest tells them in processes (--pool=forks), jest, mocha, and node:test from Node 24 on; of other runners they are not known";

/** By the labels `test` and `file` of a profile's samples. */
function testCosts(profile: Profile): TestCosts {
  const { samples, strings } = profile;
  const nanos = toNumbers(samples.values.at(-1)!);
  const sums = new Map<string, Sum>();
  let outsideNanos = 0;
  for (let row = 0; row < samples.length; row++) {
    let [test, file] = ["", ""];
    for (let at = samples.labelStart[row]!; at < samples.labelStart[row + 1]!; at++) {
      const key = strings.get(samples.labels.key[at]!);
      if (key === "test") test = strings.get(samples.labels.str[at]!);
      else if (key === "file") file = strings.get(samples.labels.str[at]!);
    }
    if (test === "") {
      outsideNanos += nanos[row]!;
      continue;
    }
    const key = JSON.stringify([file, test]);
    const sum = sums.get(key) ?? { test, file, nanos: 0, lines: new Map() };
    sums.set(key, sum);
    sum.nanos += nanos[row]!;
    for (const line of linesIn(profile, row, file)) sum.lines.set(line, (sum.lines.get(line) ?? 0) + nanos[row]!);
  }
  const tests = Array.from(sums.values(), ({ lines, ...rest }) => ({
    ...rest,
    line: [...lines].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0,
  }));
  return { tests: tests.sort((a, b) => b.nanos - a.nanos), outsideNanos };
}

/** The lines of a file in a sample's stack, each once. */
function linesIn({ samples, locations, functions, strings }: Profile, row: number, file: string): Set<number> {
  const found = new Set<number>();
  if (file === "") return found;
  for (let at = samples.locationStart[row]!; at < samples.locationStart[row + 1]!; at++) {
    const location = samples.locations[at]!;
    for (let line = locations.lineStart[location]!; line < locations.lineStart[location + 1]!; line++) {
      const fn = locations.lines.function[line]!;
      if (fn < 0 || !isFile(strings.get(functions.filename[fn]!), file)) continue;
      found.add(Number(locations.lines.line[line]!));
    }
  }
  return found;
}

/** `file` may be below a directory that is not said. */
function isFile(name: string, file: string): boolean {
  return name === file || name.endsWith(`/${file}`) || name.endsWith(`\\${file}`);
}

/** Columns that a row has beside the name of a test and its place. */
const BESIDE = 21;

/** The costliest tests, so many of them, with the line that is to blame for most; names have room in so many columns. */
export function testsText(profile: Profile, most: number, columns: number): string {
  const { tests, outsideNanos } = testCosts(profile);
  if (tests.length === 0) return `${NONE_TOLD}\n`;
  const total = tests.reduce((sum, { nanos }) => sum + nanos, outsideNanos);
  const row = (nanos: number, what: string): string =>
    `${scaledLabel(nanos, "nanoseconds", "auto").padStart(10)} ${percentage(nanos, total)}  ${what}`;
  const shown = tests.slice(0, most).map(({ nanos, test, file, line }) => {
    const place = line === 0 ? file : `${file}:${line}`;
    const name = fit(oneLine(test), columns - BESIDE - place.length, { full: columns === Number.POSITIVE_INFINITY });
    return row(nanos, oneLine(place === "" ? name : `${name}  ${place}`));
  });
  const rest = tests.length - shown.length;
  return [
    `${tests.length} ${tests.length === 1 ? "test" : "tests"} with samples, the costliest first:`,
    ...shown,
    ...(rest > 0 ? [`${" ".repeat(19)}and ${rest} more (-slowest)`] : []),
    row(outsideNanos, "outside of tests: what loads and runs them"),
    "",
  ].join("\n");
}
