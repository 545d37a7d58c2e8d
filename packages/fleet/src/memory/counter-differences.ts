import { filterSamples, type Profile } from "@pprof-ts/profile";
import { COUNTER_MILLIS } from "../store/value-kind.ts";

/** The values that each stack of a process's profile had at most since the process began. */
interface Last {
  readonly millis: number;
  readonly totals: readonly bigint[];
  readonly rows: Map<string, bigint[]>;
}

/** Makes differences of counters that count from a process's start, by what the profile before of the same process had. */
export class CounterDifferences {
  readonly #last = new Map<string, Last>();

  /**
   * The profile with what its counters have more than before. The first of a process says nothing, so it has zeros; where all
   * counters together have fallen, the process has begun anew, and what they have is what is new.
   */
  difference(key: string, millis: number, profile: Profile, isCumulative: readonly boolean[]): Profile {
    const columns = isCumulative.flatMap((is, column) => (is ? [column] : []));
    if (columns.length === 0) return profile;
    const { samples } = profile;
    const texts = stackTexts(profile);
    const sums = new Map<string, bigint[]>();
    texts.forEach((text, row) => {
      const sum = sums.get(text) ?? columns.map(() => 0n);
      columns.forEach((column, i) => {
        sum[i] = sum[i]! + samples.values[column]![row]!;
      });
      sums.set(text, sum);
    });
    const totals = columns.map((_, i) => [...sums.values()].reduce((total, sum) => total + sum[i]!, 0n));
    const known = this.#last.get(key);
    const last = known !== undefined && millis - known.millis <= COUNTER_MILLIS ? known : undefined;
    const hasBegunAnew = last !== undefined && totals.every((total, i) => total < last.totals[i]!);
    const rows = last === undefined || hasBegunAnew ? new Map<string, bigint[]>() : last.rows;
    const values = samples.values.map((column, i) => (columns.includes(i) ? new BigInt64Array(column.length) : column));
    const seen = new Set<string>();
    texts.forEach((text, row) => {
      if (seen.has(text)) return;
      seen.add(text);
      const before = rows.get(text) ?? columns.map(() => 0n);
      const most = sums.get(text)!.map((sum, i) => larger(sum, before[i]!));
      rows.set(text, most);
      columns.forEach((column, i) => {
        values[column]![row] = last === undefined ? 0n : most[i]! - before[i]!;
      });
    });
    this.#last.set(key, { millis, totals, rows });
    const now = { ...profile, samples: { ...samples, values } };
    return filterSamples(now, (row) => values.some((column) => column[row] !== 0n));
  }
}

function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

/** For each sample all that it is merged by, as a text. */
function stackTexts(profile: Profile): string[] {
  const { samples, locations, functions, mappings, strings } = profile;
  const text = (row: number): string => strings.getExact(row);
  const { lineStart, lines } = locations;
  const places = Array.from({ length: locations.length }, (_, row) => {
    const mapping = locations.mapping[row]!;
    const start = mapping < 0 ? 0n : mappings.start[mapping]!;
    const parts: unknown[] = [String(BigInt.asUintN(64, locations.address[row]! - start)), locations.isFolded[row]!];
    if (mapping >= 0) {
      const pages = (mappings.limit[mapping]! - start + 0xfffn) >> 12n;
      const file = text(mappings.buildId[mapping]!) || text(mappings.filename[mapping]!);
      parts.push(String(pages), String(mappings.offset[mapping]!), file);
    }
    for (let line = lineStart[row]!; line < lineStart[row + 1]!; line++) {
      const fn = lines.function[line]!;
      if (fn >= 0) {
        parts.push(text(functions.name[fn]!), text(functions.systemName[fn]!), text(functions.filename[fn]!));
        parts.push(String(functions.startLine[fn]!));
      }
      parts.push(String(lines.line[line]!), String(lines.column[line]!));
    }
    return parts;
  });
  return Array.from({ length: samples.length }, (_, row) => {
    const stack = Array.from(
      samples.locations.subarray(samples.locationStart[row]!, samples.locationStart[row + 1]!),
      (location) => places[location],
    );
    const labels: string[] = [];
    for (let label = samples.labelStart[row]!; label < samples.labelStart[row + 1]!; label++) {
      const { key, str, num, numUnit } = samples.labels;
      labels.push(JSON.stringify([text(key[label]!), text(str[label]!), String(num[label]!), text(numUnit[label]!)]));
    }
    return JSON.stringify([stack, labels.sort()]);
  });
}
